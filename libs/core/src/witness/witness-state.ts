import type { SegmentRange } from '../segment/segment-store.port.js';
import type { Claim } from './witness.port.js';

export interface WitnessHole extends SegmentRange {
  /** When it was skipped, by the witness's own clock. Undefined for one that was released: that never closes. */
  readonly sinceMs: number | undefined;
}

/** What a witness keeps of a key. It is never changed: a step makes a new one. */
export interface WitnessState {
  readonly mark: bigint;
  /** The highest epoch that a claim came with. */
  readonly epoch: bigint;
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

export function newWitnessState(maxId: bigint): WitnessState {
  return { mark: maxId, epoch: 0n, holes: [] };
}

/** Undefined when it cannot be told without the time. */
export function claimRange(
  state: WitnessState,
  range: SegmentRange,
  epoch: bigint,
  time?: WitnessTime,
): WitnessStep<Claim> | undefined {
  if (epoch < state.epoch) return { state, answer: { verdict: 'stale', epoch: state.epoch } };
  const { mark } = state;
  const holes = time ? stillOpen(state.holes, time) : state.holes;
  const touched = holes.filter((hole) => overlap(hole, range));
  if (!isUnclaimed(range, mark, touched)) {
    return { state, answer: { verdict: 'rewound', mark } };
  }
  const isTimed = range.start > mark || touched.some(({ sinceMs }) => sinceMs !== undefined);
  if (isTimed && !time) return undefined;
  const taken = take({ ...state, epoch, holes }, range, time?.nowMs);
  return { state: taken, answer: { verdict: 'claimed' } };
}

export function releaseRange(state: WitnessState, range: SegmentRange): WitnessStep<void> {
  const { mark, holes } = state;
  const end = range.end < mark ? range.end : mark;
  const below = range.start < end ? [{ start: range.start, end, sinceMs: undefined }] : [];
  const claimed = holes.reduce<WitnessHole[]>(
    (parts, hole) => parts.flatMap((part) => without(part, hole)),
    below,
  );
  if (claimed.length === 0) return { state, answer: undefined };
  const all = [...holes, ...claimed].toSorted((a, b) => (a.start < b.start ? -1 : 1));
  return { state: { ...state, holes: merged(all).slice(-MAX_HOLES) }, answer: undefined };
}

/** Undefined when it cannot be done without the time. */
export function coverRange(
  state: WitnessState,
  range: SegmentRange,
  time?: WitnessTime,
): WitnessStep<void> | undefined {
  const { mark, holes } = state;
  const isCovered = range.end <= mark && !holes.some((hole) => overlap(hole, range));
  if (isCovered) return { state, answer: undefined };
  if (range.start > mark && !time) return undefined;
  const open = time ? stillOpen(holes, time) : holes;
  return { state: take({ ...state, holes: open }, range, time?.nowMs), answer: undefined };
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

function overlap(a: SegmentRange, b: SegmentRange): boolean {
  return a.start < b.end && b.start < a.end;
}

function without(hole: WitnessHole, range: SegmentRange): WitnessHole[] {
  if (!overlap(hole, range)) return [hole];
  const parts = [];
  if (hole.start < range.start) parts.push({ ...hole, end: range.start });
  if (range.end < hole.end) parts.push({ ...hole, start: range.end });
  return parts;
}

/** Neighbours that never close become one. */
function merged(holes: readonly WitnessHole[]): WitnessHole[] {
  const result: WitnessHole[] = [];
  for (const hole of holes) {
    const last = result.at(-1);
    const isNext = last?.end === hole.start;
    if (isNext && last?.sinceMs === undefined && hole.sinceMs === undefined) {
      result[result.length - 1] = { ...last, end: hole.end };
    } else result.push(hole);
  }
  return result;
}
