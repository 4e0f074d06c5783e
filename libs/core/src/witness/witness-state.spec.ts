import { describe, expect, it } from 'vitest';
import {
  at,
  claimed,
  first,
  range,
  returned,
  reused,
  rewound,
  SINCE_MS,
  skipped,
  state,
  WINDOW_MS,
} from './witness-state.fixture.js';
import {
  claimRange,
  MAX_HOLES,
  newWitnessState,
  releaseRange,
  type WitnessHole,
  type WitnessState,
} from './witness-state.js';

it('begins with the counter as its mark, below which it knows of nothing to be released', () => {
  expect(newWitnessState(7n)).toEqual({ ...state(7), releasableFrom: 7n });
  expect(releaseRange(newWitnessState(7n), range(5, 9), 1n).answer).toBe(false);
  expect(releaseRange(newWitnessState(7n), range(7, 9), 1n).answer).toBe(true);
});

describe('a claim', () => {
  it.each<[string, WitnessState, [number, number], WitnessState, ...[number, number][]]>([
    ['at the mark', state(10), [10, 20], state(20)],
    [
      'at the mark, beside an old hole',
      state(10, skipped(1, 5)),
      [10, 20],
      state(20, skipped(1, 5)),
    ],
    ['all of a returned hole', state(50, returned(10, 20)), [10, 20], state(50), [10, 20]],
    [
      'the begin of one',
      state(50, returned(10, 20)),
      [10, 13],
      state(50, returned(13, 20)),
      [10, 13],
    ],
    [
      'the end of one',
      state(50, returned(10, 20)),
      [18, 20],
      state(50, returned(10, 18)),
      [18, 20],
    ],
    [
      'the middle of one',
      state(50, returned(10, 20)),
      [12, 18],
      state(50, returned(10, 12), returned(18, 20)),
      [12, 18],
    ],
    [
      'a hole and beyond the mark',
      state(20, returned(10, 20)),
      [15, 30],
      state(30, returned(10, 15)),
      [15, 20],
    ],
  ])('needs no clock for %s', (_, before, [start, end], after, ...taken) => {
    expect(claimRange(before, range(start, end), 0n)).toEqual(claimed(after, ...taken));
  });

  it.each<[string, WitnessState, [number, number], WitnessState, ...[number, number][]]>([
    ['beyond the mark', state(10), [15, 20], state(20, { ...range(10, 15), sinceMs: 5_999 })],
    ['of a skipped hole', state(50, skipped(10, 20)), [10, 13], state(50, skipped(13, 20))],
    [
      'of two holes in a row',
      state(50, skipped(10, 20), returned(20, 30)),
      [15, 25],
      state(50, skipped(10, 15), returned(25, 30)),
      [20, 25],
    ],
    ['of a skipped hole and beyond', state(20, skipped(10, 20)), [10, 30], state(30)],
  ])('needs the clock %s', (_, before, [start, end], after, ...taken) => {
    expect(claimRange(before, range(start, end), 0n)).toBeUndefined();
    const step = claimRange(before, range(start, end), 0n, at(SINCE_MS + WINDOW_MS - 1));
    expect(step).toEqual(claimed(after, ...taken));
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
      claimed(state(50), [10, 20]),
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

  it('has a number of its own, also where it is not the first of the ids', () => {
    const { state: one, answer } = claimRange(state(10), range(10, 20), 0n)!;
    expect(answer).toEqual(first);
    const open = releaseRange(one, range(15, 20), 1n).state;
    const step = claimRange(open, range(15, 30), 0n)!;
    expect(step.answer).toEqual({ verdict: 'claimed', claim: 2n });
    expect(step.state).toMatchObject({ claims: 2n, taken: [reused(15, 20, 2)], mark: 30n });
    expect(claimRange(step.state, range(5, 10), 0n)?.state).toBe(step.state);
  });

  it('is exact near the end of the space', () => {
    const top = 2n ** 63n - 1n;
    const before = newWitnessState(top - 3n);
    const step = claimRange(before, { start: top - 1n, end: top }, 0n, at(0));
    expect(step?.state).toMatchObject({
      mark: top,
      epoch: 0n,
      holes: [{ start: top - 3n, end: top - 1n, sinceMs: 0 }],
    });
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
    const freed = releaseRange(full(returned), range(9_987, 9_988), 1n).state.holes;
    expect(freed).toHaveLength(MAX_HOLES);
    expect(freed).toContainEqual(returned(9_987, 9_988));
  });

  it('lets nothing be released that would be forgotten at once', () => {
    const before = {
      ...state(10_000),
      holes: full(returned).holes.map((each) => ({
        ...each,
        start: each.start + 5n,
        end: each.end + 5n,
      })),
    };
    const step = releaseRange(before, range(2, 3), 1n);
    expect(step.answer).toBe(false);
    expect(step.state).toBe(before);
    expect(releaseRange(before, range(5, 6), 1n).answer).toBe(true);
  });

  it('counts only those that are open', () => {
    const mark = 10 * MAX_HOLES;
    const later = at(SINCE_MS + WINDOW_MS);
    expect(claimRange(full(skipped), range(mark + 5, mark + 9), 0n, later)?.state.holes).toEqual([
      { ...range(mark, mark + 5), sinceMs: later.nowMs },
    ]);
  });
});
