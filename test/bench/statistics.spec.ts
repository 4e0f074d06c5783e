import { describe, expect, it } from 'vitest';
import { median, ratio, spread } from './statistics.js';

describe('median', () => {
  it.each([
    [[3], 3],
    [[10, 9, 100], 10],
    [[4, 1, 3, 2], 2.5],
  ])('of %j is %d', (values, expected) => expect(median(values)).toBe(expected));
});

describe('spread', () => {
  it('has the ends as well', () =>
    expect(spread([2, 8, 4])).toEqual({ median: 4, min: 2, max: 8 }));

  it('of nothing is an error', () => expect(() => spread([])).toThrow('no values'));
});

describe('ratio', () => {
  it('is taken round by round, not of the medians', () =>
    expect(ratio([1, 20, 3], [1, 10, 1])).toEqual({ median: 2, min: 1, max: 3 }));

  it.each([
    [[], []],
    [
      [1, undefined],
      [1, 1],
    ],
    [[1, 1], [1]],
  ])('of %j to %j is missing', (values, bases) => expect(ratio(values, bases)).toBeUndefined());
});
