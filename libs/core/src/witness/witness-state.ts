import type { SegmentRange } from '../segment/segment-store.port.js';
import { common, merged, overlap, without, withoutAll } from './id-ranges.js';
import { addTaken, isNobodys, mayRelease, NO_CLAIM, type TakenIds } from './taken-ids.js';
import type { Claim } from './witness.port.js';

export interface WitnessHole extends SegmentRange {
  /** When it was skipped, by the witness's own clock. Undefined for one that was released: that never closes. */
  readonly sinceMs: number | undefined;
}

/** What a witness keeps of a key. It is never changed: a step makes a new one. */
export interface WitnessState extends TakenIds {
  readonly mark: bigint;
  /** The highest epoch that a claim came with. */
  readonly epoch: bigint;
  /** How many claims there were: the number of the last one. */
  readonly claims: bigint;
  /** In order, apart from one another, below the mark. One that has closed may still be here. */
  readonly holes: readonly WitnessHole[];
}

/** The witness's own clock, and for how long what was skipped stays open. */
export interface WitnessTime {
  readonly nowMs: number;
  readonly windowMs: number;
}

/** `state` is the one before where nothing changes. */
export interface WitnessStep<T> {
  readonly state: WitnessState;
  readonly answer: T;
}

/** Above that the lowest are forgotten: their ids are lost, never given twice. */
export const MAX_HOLES = 1_000;

/** The cause of a rejection: the witness does not know the key, or no more. It has to be opened, again. */
export class KeyNotOpened extends Error {
  constructor(key: string) {
    super(`The witness does not know key '${key}': it was not opened, or removed since.`);
    this.name = 'KeyNotOpened';
  }
}

/** The cause of a rejection: what the witness has of the key was not written by a witness. */
export class KeyUnreadable extends Error {
  constructor(place: string) {
    super(`${place} was put there by hand: remove it`);
    this.name = 'KeyUnreadable';
  }
}

/** Who has what lies below `maxId`, and by which claim, is not known. */
export function newWitnessState(maxId: bigint): WitnessState {
  return { mark: maxId, epoch: 0n, claims: 0n, holes: [], taken: [], releasableFrom: maxId };
}

/** Undefined when it cannot be told without the time. */
export function claimRange(
  state: WitnessState,
  range: SegmentRange,
  epoch: bigint | undefined,
  time?: WitnessTime,
): WitnessStep<Claim> | undefined {
  if (epoch !== undefined && epoch < state.epoch)
    return { state, answer: { verdict: 'stale', epoch: state.epoch } };
  const { mark } = state;
  const holes = time ? stillOpen(state.holes, time) : state.holes;
  const touched = holes.filter((hole) => overlap(hole, range));
  if (!isUnclaimed(range, mark, touched)) {
    return { state, answer: { verdict: 'rewound', mark } };
  }
  const isTimed = range.start > mark || touched.some(({ sinceMs }) => sinceMs !== undefined);
  if (isTimed && !time) return undefined;
  const claim = state.claims + 1n;
  const returned = touched.filter(({ sinceMs }) => sinceMs === undefined);
  const reused = returned.map((hole) => common(hole, range));
  const numbered = {
    ...state,
    epoch: epoch ?? state.epoch,
    holes,
    claims: claim,
    ...addTaken(state, reused, claim),
  };
  return { state: take(numbered, range, time?.nowMs), answer: { verdict: 'claimed', claim } };
}

/** All of the range or nothing. */
export function releaseRange(
  state: WitnessState,
  range: SegmentRange,
  claim: bigint,
): WitnessStep<boolean> {
  const refused = { state, answer: false };
  if (!mayRelease(state, range, claim)) return refused;
  const claimed = withoutAll(belowMark(range, state.mark), state.holes);
  if (claimed.length === 0) return { state, answer: true };
  const opened = claimed.map(({ start, end }) => ({ start, end, sinceMs: undefined }));
  const all = merged([...state.holes, ...opened], areReturned);
  // One that would be forgotten at once stays as it is.
  if (all.slice(0, -MAX_HOLES).some((hole) => overlap(hole, range))) return refused;
  const taken = withoutAll(state.taken, [range]);
  return { state: { ...state, holes: all.slice(-MAX_HOLES), taken }, answer: true };
}

/** Undefined when it cannot be done without the time. */
export function coverRange(
  state: WitnessState,
  range: SegmentRange,
  time?: WitnessTime,
): WitnessStep<void> | undefined {
  const { mark, holes, taken } = state;
  const isClaimed = range.end <= mark && !holes.some((hole) => overlap(hole, range));
  if (isClaimed && isNobodys(taken, range)) return { state, answer: undefined };
  if (range.start > mark && !time) return undefined;
  // Whoever had these ids by a claim before might still return them.
  const covered = { ...state, ...addTaken(state, [range], NO_CLAIM) };
  const open = time ? stillOpen(holes, time) : holes;
  return { state: take({ ...covered, holes: open }, range, time?.nowMs), answer: undefined };
}

function belowMark({ start, end }: SegmentRange, mark: bigint): SegmentRange[] {
  return start < mark ? [common({ start, end }, { start, end: mark })] : [];
}

/** A clock that was set back by more than the window closes holes too, else they could stay open for years. */
function stillOpen(holes: readonly WitnessHole[], { nowMs, windowMs }: WitnessTime): WitnessHole[] {
  return holes.filter(
    ({ sinceMs }) => sinceMs === undefined || Math.abs(nowMs - sinceMs) < windowMs,
  );
}

/** `touched`: the holes that have ids of the range. */
function isUnclaimed(
  { start, end }: SegmentRange,
  mark: bigint,
  touched: readonly WitnessHole[],
): boolean {
  let next = start;
  for (const hole of touched) {
    if (hole.start > next) return false;
    next = hole.end;
  }
  return next >= end || next >= mark;
}

function take(state: WitnessState, range: SegmentRange, nowMs: number | undefined): WitnessState {
  const { mark } = state;
  const holes = state.holes.flatMap((hole) => without(hole, range));
  if (range.start > mark) holes.push({ start: mark, end: range.start, sinceMs: nowMs });
  return {
    ...state,
    mark: range.end > mark ? range.end : mark,
    holes: holes.slice(-MAX_HOLES),
  };
}

function areReturned(a: WitnessHole, b: WitnessHole): boolean {
  return a.sinceMs === undefined && b.sinceMs === undefined;
}
