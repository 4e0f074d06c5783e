import { describe, expect, it } from 'vitest';
import { MAX_TAKEN } from './taken-ids.js';
import { at, range, returned, reused, SINCE_MS, skipped, state } from './witness-state.fixture.js';
import { claimRange, coverRange, releaseRange, type WitnessState } from './witness-state.js';

describe('a release', () => {
  it.each<[string, WitnessState, [number, number], WitnessState]>([
    ['below the mark', state(50), [10, 20], state(50, returned(10, 20))],
    ['at the mark, which stays', state(50), [40, 50], state(50, returned(40, 50))],
    ['over the mark', state(50), [40, 60], state(50, returned(40, 50))],
    ['after another one', state(50, returned(10, 20)), [20, 30], state(50, returned(10, 30))],
    ['before another one', state(50, returned(10, 20)), [5, 10], state(50, returned(5, 20))],
    [
      'between two',
      state(50, returned(10, 20), returned(30, 40)),
      [20, 30],
      state(50, returned(10, 40)),
    ],
    [
      'beside a skipped hole, which stays apart',
      state(50, skipped(10, 20)),
      [20, 30],
      state(50, skipped(10, 20), returned(20, 30)),
    ],
    [
      'over a skipped hole, which stays as it is',
      state(50, skipped(10, 20)),
      [5, 25],
      state(50, returned(5, 10), skipped(10, 20), returned(20, 25)),
    ],
  ])('%s', (_, before, [start, end], after) => {
    expect(releaseRange(before, range(start, end), 7n)).toEqual({ state: after, answer: true });
  });

  it.each<[string, WitnessState, [number, number]]>([
    ['above the mark', state(50), [50, 60]],
    ['of a returned hole', state(50, returned(10, 20)), [12, 18]],
    ['of a skipped hole', state(50, skipped(10, 20)), [10, 20]],
  ])('changes nothing %s', (_, before, [start, end]) => {
    const step = releaseRange(before, range(start, end), 7n);
    expect(step.answer).toBe(true);
    expect(step.state).toBe(before);
  });

  const taken: WitnessState = {
    ...state(50, returned(30, 40)),
    taken: [reused(10, 20, 3), reused(20, 25, 4), reused(26, 30, 3)],
  };

  it.each<[string, [number, number], number, [number, number, number][]]>([
    [
      'what its claim took',
      [10, 20],
      3,
      [
        [20, 25, 4],
        [26, 30, 3],
      ],
    ],
    [
      'a part of it',
      [12, 15],
      3,
      [
        [10, 12, 3],
        [15, 20, 3],
        [20, 25, 4],
        [26, 30, 3],
      ],
    ],
    [
      'what nobody had before too',
      [25, 30],
      3,
      [
        [10, 20, 3],
        [20, 25, 4],
      ],
    ],
  ])('opens %s', (_, [start, end], claim, after) => {
    const step = releaseRange(taken, range(start, end), BigInt(claim));
    expect(step.answer).toBe(true);
    expect(step.state.taken).toEqual(after.map((each) => reused(...each)));
    expect(claimRange(step.state, range(start, end), 0n)?.answer.verdict).toBe('claimed');
  });

  it.each<[string, [number, number], number]>([
    ['what another claim took', [20, 25], 3],
    ['what another claim took a part of', [10, 21], 3],
    ['what was never claimed by it', [29, 31], 5],
  ])('opens nothing of %s', (_, [start, end], claim) => {
    const step = releaseRange(taken, range(start, end), BigInt(claim));
    expect(step.answer).toBe(false);
    expect(step.state).toBe(taken);
  });
});

describe('a cover', () => {
  it.each<[string, WitnessState, [number, number], WitnessState]>([
    ['at the mark', state(10), [10, 20], state(20)],
    ['over the mark', state(10), [5, 20], state(20)],
    ['of a part of a hole', state(50, returned(10, 20)), [5, 15], state(50, returned(15, 20))],
    [
      'of a skipped hole',
      state(50, skipped(10, 20)),
      [12, 18],
      state(50, skipped(10, 12), skipped(18, 20)),
    ],
    [
      'of holes and the mark',
      state(50, skipped(10, 20), returned(30, 40)),
      [15, 60],
      state(60, skipped(10, 15)),
    ],
  ])('needs no clock %s', (_, before, [start, end], after) => {
    const step = coverRange(before, range(start, end));
    expect(step?.state).toEqual({ ...after, taken: [reused(start, end, 0)] });
    expect(coverRange(step!.state, range(start, end))?.state).toBe(step!.state);
    expect(releaseRange(step!.state, range(start, end), 1n).answer).toBe(false);
  });

  it('leaves what it skips open, for which it needs the clock', () => {
    expect(coverRange(state(10), range(15, 20))).toBeUndefined();
    expect(coverRange(state(10), range(15, 20), at(SINCE_MS))?.state).toEqual({
      ...state(20, skipped(10, 15)),
      taken: [reused(15, 20, 0)],
    });
  });

  it('needs no clock where all is claimed, and nobody can release it after that', () => {
    const before = { ...state(50, skipped(10, 20)), taken: [reused(15, 25, 3)] };
    const after = coverRange(before, range(20, 50))?.state;
    expect(after).toEqual({ ...before, taken: [reused(15, 20, 3), reused(20, 50, 0)] });
  });
});

describe('the number of ranges that were taken again', () => {
  const many: WitnessState = {
    ...state(10 * MAX_TAKEN, returned(10 * MAX_TAKEN - 5, 10 * MAX_TAKEN)),
    claims: BigInt(MAX_TAKEN),
    taken: Array.from({ length: MAX_TAKEN }, (_, n) => reused(10 * n + 1, 10 * n + 3, n + 1)),
  };

  it('has a limit above which the lowest can be released no more, nor what is below', () => {
    const { state: after } = claimRange(many, range(9_995, 10_000), 0n)!;
    expect(after.taken).toHaveLength(MAX_TAKEN);
    expect(after.taken[0]).toEqual(reused(11, 13, 2));
    expect(after.releasableFrom).toBe(3n);
    expect(releaseRange(after, range(1, 3), 1n).answer).toBe(false);
    expect(releaseRange(after, range(2, 5), 1n).answer).toBe(false);
    expect(releaseRange(after, range(3, 5), 1n).answer).toBe(true);
    expect(releaseRange(after, range(11, 13), 2n).answer).toBe(true);
  });

  it('counts those in a row that one claim took once', () => {
    const before = state(50, returned(10, 20), skipped(20, 25), returned(25, 30), returned(31, 40));
    const { state: after } = claimRange(before, range(12, 28), 0n, at(SINCE_MS))!;
    expect(after.taken).toEqual([reused(12, 20, 1), reused(25, 28, 1)]);
    const rest = [range(10, 12), range(28, 30)];
    const covered = rest.reduce((each, part) => coverRange(each, part)!.state, after);
    expect(coverRange(covered, range(12, 28))?.state.taken).toEqual([reused(10, 30, 0)]);
  });
});
