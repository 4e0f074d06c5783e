import type { SnowflakeLoad } from './callers/caller-options.js';

/** How a run is, beside how long and where. */
export interface Scenario {
  nodes: number;
  faults: readonly string[];
  /** Over the settings of the nodes; an undefined one is left to its default. */
  env: Readonly<Record<string, string | undefined>>;
  /** Times the usual rate of calls. */
  load: number;
  /** Of a fault. */
  longestMs: number;
  /** Nodes whose clock can be set, by number, and how it stands at each start of the node, such as `+0s`. */
  clocks: Readonly<Record<number, string>>;
  snowflakes: SnowflakeLoad;
  /** Goes on only when all works, at first and after each fault; otherwise after a moment. */
  isPatient: boolean;
}

export const USUAL: Omit<Scenario, 'faults' | 'load'> = {
  nodes: 3,
  env: {},
  longestMs: 10_000,
  // One suffices, and where nobody sets a clock none is slowed down by it.
  clocks: { 3: '+0s' },
  snowflakes: { batch: 1_000, batchEvery: 200 },
  isPatient: true,
};
