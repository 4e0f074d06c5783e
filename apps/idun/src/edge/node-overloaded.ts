import { overloaded } from '#core';

/** Under overload; another node may have room. */
export const nodeOverloaded = () =>
  overloaded('This node has more calls than it can answer in time: ask another, or try again.');
