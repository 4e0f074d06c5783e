import { describe, expect, it } from 'vitest';
import {
  claimRange,
  coverRange,
  MAX_HOLES,
  newWitnessState,
  releaseRange,
  type WitnessHole,
  type WitnessState,
} from './witness-state.js';

const WINDOW_MS = 1_000;
const SINCE_MS = 5_000;

const range = (start: number, end: number) => ({ start: BigInt(start), end: BigInt(end) });
const at = (nowMs: number) => ({ nowMs, windowMs: WINDOW_MS });
const skipped = (start: number, end: number): WitnessHole => ({
  ...range(start, end),
  sinceMs: SINCE_MS,
});
const returned = (start: number, end: number): WitnessHole => ({
  ...range(start, end),
  sinceMs: undefined,
});
const state = (mark: number, ...holes: WitnessHole[]): WitnessState => ({
  mark: BigInt(mark),
  epoch: 0n,
  holes,
});
const claimed = (next: WitnessState) => ({ state: next, answer: { verdict: 'claimed' } });
const rewound = (same: WitnessState) => ({
  state: same,
  answer: { verdict: 'rewound', mark: same.mark },
});

it('begins with the counter as its mark', () => {
  expect(newWitnessState(7n)).toEqual(state(7));
});

describe('a claim', () => {
  it.each<[string, WitnessState, [number, number], WitnessState]>([
    ['at the mark', state(10), [10, 20], state(20)],
    [
      'at the mark, beside an old hole',
      state(10, skipped(1, 5)),
      [10, 20],
      state(20, skipped(1, 5)),
    ],
    ['all of a returned hole', state(50, returned(10, 20)), [10, 20], state(50)],
    ['the begin of one', state(50, returned(10, 20)), [10, 13], state(50, returned(13, 20))],
    ['the end of one', state(50, returned(10, 20)), [18, 20], state(50, returned(10, 18))],
    [
      'the middle of one',
      state(50, returned(10, 20)),
      [12, 18],
      state(50, returned(10, 12), returned(18, 20)),
    ],
    [
      'a hole and beyond the mark',
      state(20, returned(10, 20)),
      [15, 30],
      state(30, returned(10, 15)),
    ],
  ])('needs no clock for %s', (_, before, [start, end], after) => {
    expect(claimRange(before, range(start, end), 0n)).toEqual(claimed(after));
  });

  it.each<[string, WitnessState, [number, number], WitnessState]>([
    ['beyond the mark', state(10), [15, 20], state(20, { ...range(10, 15), sinceMs: 5_999 })],
    ['of a skipped hole', state(50, skipped(10, 20)), [10, 13], state(50, skipped(13, 20))],
    [
      'of two holes in a row',
      state(50, skipped(10, 20), returned(20, 30)),
      [15, 25],
      state(50, skipped(10, 15), returned(25, 30)),
    ],
    ['of a skipped hole and beyond', state(20, skipped(10, 20)), [10, 30], state(30)],
  ])('needs the clock %s', (_, before, [start, end], after) => {
    expect(claimRange(before, range(start, end), 0n)).toBeUndefined();
    const step = claimRange(before, range(start, end), 0n, at(SINCE_MS + WINDOW_MS - 1));
    expect(step).toEqual(claimed(after));
  });

  it.each<[string, WitnessState, [number, number]]>([
    ['below the mark', state(10), [5, 6]],
    ['over the mark', state(10), [9, 11]],
    ['over the begin of a hole', state(50, returned(10, 20)), [9, 11]],
    ['over the end of a hole', state(50, returned(10, 20)), [19, 21]],
    ['over what is between two holes', state(50, returned(10, 20), returned(21, 30)), [15, 25]],
    ['over the end of a hole and the mark', state(50, returned(10, 20)), [15, 60]],
    ['over the end of a skipped hole', state(50, skipped(10, 20)), [19, 21]],
  ])('is refused %s, and nothing changes', (_, before, [start, end]) => {
    const step = claimRange(before, range(start, end), 0n);
    expect(step).toEqual(rewound(before));
    expect(step!.state).toBe(before);
    expect(claimRange(before, range(start, end), 0n, at(SINCE_MS))?.state).toBe(before);
  });

  it.each([SINCE_MS + WINDOW_MS, SINCE_MS - WINDOW_MS])(
    'is refused of a skipped hole that has closed, at %d',
    (nowMs) => {
      const before = state(50, skipped(10, 20));
      expect(claimRange(before, range(10, 20), 0n, at(nowMs))).toEqual(rewound(before));
      expect(claimRange(before, range(60, 70), 0n, at(nowMs))?.state.holes).toEqual([
        { ...range(50, 60), sinceMs: nowMs },
      ]);
    },
  );

  it('takes a returned hole however late', () => {
    expect(claimRange(state(50, returned(10, 20)), range(10, 20), 0n, at(1e12))).toEqual(
      claimed(state(50)),
    );
  });

  it('of an older epoch is stale, whatever it claims, and nothing changes', () => {
    const before = { ...state(10), epoch: 3n };
    for (const claim of [range(10, 20), range(1, 2), range(15, 20)]) {
      const step = claimRange(before, claim, 2n);
      expect(step).toEqual({ state: before, answer: { verdict: 'stale', epoch: 3n } });
      expect(step!.state).toBe(before);
    }
  });

  it('leaves its epoch behind, unless it is refused', () => {
    const before = { ...state(10), epoch: 3n };
    expect(claimRange(before, range(10, 20), 4n)?.state.epoch).toBe(4n);
    expect(claimRange(before, range(5, 6), 4n)?.state.epoch).toBe(3n);
  });

  it('is exact near the end of the space', () => {
    const top = 2n ** 63n - 1n;
    const before = newWitnessState(top - 3n);
    const step = claimRange(before, { start: top - 1n, end: top }, 0n, at(0));
    expect(step?.state).toEqual({
      mark: top,
      epoch: 0n,
      holes: [{ start: top - 3n, end: top - 1n, sinceMs: 0 }],
    });
  });
});

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
    expect(releaseRange(before, range(start, end)).state).toEqual(after);
  });

  it.each<[string, WitnessState, [number, number]]>([
    ['above the mark', state(50), [50, 60]],
    ['of a returned hole', state(50, returned(10, 20)), [12, 18]],
    ['of a skipped hole', state(50, skipped(10, 20)), [10, 20]],
  ])('changes nothing %s', (_, before, [start, end]) => {
    expect(releaseRange(before, range(start, end)).state).toBe(before);
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
    expect(step?.state).toEqual(after);
    expect(coverRange(after, range(start, end))?.state).toBe(step && after);
  });

  it('leaves what it skips open, for which it needs the clock', () => {
    expect(coverRange(state(10), range(15, 20))).toBeUndefined();
    expect(coverRange(state(10), range(15, 20), at(SINCE_MS))?.state).toEqual(
      state(20, skipped(10, 15)),
    );
  });

  it('needs no clock where all is claimed', () => {
    const before = state(50, skipped(10, 20));
    expect(coverRange(before, range(20, 50))?.state).toBe(before);
  });
});

describe('the number of holes', () => {
  const full = (hole: (start: number, end: number) => WitnessHole) =>
    state(
      10 * MAX_HOLES,
      ...Array.from({ length: MAX_HOLES }, (_, n) => hole(10 * n + 1, 10 * n + 5)),
    );

  it('has a limit above which the lowest is forgotten', () => {
    const mark = 10 * MAX_HOLES;
    const after = claimRange(full(returned), range(mark + 5, mark + 9), 0n, at(SINCE_MS))!.state;
    expect(after.holes).toHaveLength(MAX_HOLES);
    expect(after.holes[0]).toEqual(returned(11, 15));
    expect(after.holes.at(-1)).toEqual(skipped(mark, mark + 5));
    expect(claimRange(after, range(1, 5), 0n)?.answer.verdict).toBe('rewound');
  });

  it('is kept by a claim that cuts one in two, and by a release', () => {
    const cut = claimRange(full(returned), range(9_982, 9_983), 0n)!.state.holes;
    expect(cut).toHaveLength(MAX_HOLES);
    expect(cut.slice(-3)).toEqual([
      returned(9_981, 9_982),
      returned(9_983, 9_985),
      returned(9_991, 9_995),
    ]);
    const freed = releaseRange(full(returned), range(9_987, 9_988)).state.holes;
    expect(freed).toHaveLength(MAX_HOLES);
    expect(freed).toContainEqual(returned(9_987, 9_988));
  });

  it('counts only those that are open', () => {
    const mark = 10 * MAX_HOLES;
    const later = at(SINCE_MS + WINDOW_MS);
    expect(claimRange(full(skipped), range(mark + 5, mark + 9), 0n, later)?.state.holes).toEqual([
      { ...range(mark, mark + 5), sinceMs: later.nowMs },
    ]);
  });
});
