import { expect, it } from 'vitest';
import { parseCoreList } from './cores.js';

it.each([
  ['', []],
  ['3', [3]],
  ['0-1', [0, 1]],
  ['0-2,8,10-11', [0, 1, 2, 8, 10, 11]],
])('reads the core list %j', (text, expected) => expect(parseCoreList(text)).toEqual(expected));
