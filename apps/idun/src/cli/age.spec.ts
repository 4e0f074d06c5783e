import { expect, it } from 'vitest';
import { age, duration } from './age.js';

it.each([
  [0, '0 s'],
  [119_999, '119 s'],
  [120_000, '2 min'],
  [7_199_999, '119 min'],
  [7_200_000, '2 h'],
  [172_799_999, '47 h'],
  [172_800_000, '2 d'],
])('%d ms are %s', (ms, text) => expect(duration(ms)).toBe(text));

it.each([
  [10_000, 10_999, 'now'],
  [10_999, 10_000, 'now'],
  [10_000, 13_500, '3 s ago'],
  [19_900, 10_000, 'in 9 s'],
])('%d seen from %d is %s', (at, now, text) => expect(age(at, now)).toBe(text));
