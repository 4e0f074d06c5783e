import type { SegmentRange } from '../segment/segment-store.port.js';
import { merged, overlap, withoutAll } from './id-ranges.js';

/**
 * Ids that only this claim can release: those that were taken out of a returned hole. Whoever returned them may do so
 * again, as the record of that is in the store, which may go back.
 */
export interface TakenRange extends SegmentRange {
  readonly claim: bigint;
}

export interface TakenIds {
  /** In order, apart from one another. */
  readonly taken: readonly TakenRange[];
  /** Nothing below is released: what was taken there is forgotten, or was never known. */
  readonly releasableFrom: bigint;
}

/** Above that the lowest are forgotten: they can never be released then. */
export const MAX_TAKEN = 1_000;

/** The number of what was given without a claim: none is ever released. */
export const NO_CLAIM = 0n;

export function addTaken(
  { taken, releasableFrom }: TakenIds,
  ranges: readonly SegmentRange[],
  claim: bigint,
): TakenIds {
  if (ranges.length === 0) return { taken, releasableFrom };
  const added = ranges.map(({ start, end }) => ({ start, end, claim }));
  const all = merged(
    [...withoutAll(taken, ranges), ...added],
    (a, b) => a.claim === b.claim,
  ).filter(({ end }) => end > releasableFrom);
  const forgotten = all.slice(0, -MAX_TAKEN).at(-1);
  return { taken: all.slice(-MAX_TAKEN), releasableFrom: forgotten?.end ?? releasableFrom };
}

/** Whether all of the range is this claim's, as far as it was ever taken out of a hole. */
export function mayRelease(
  { taken, releasableFrom }: TakenIds,
  range: SegmentRange,
  claim: bigint,
): boolean {
  const isOthers = taken.some((each) => each.claim !== claim && overlap(each, range));
  return range.start >= releasableFrom && !isOthers;
}

/** Whether all of the range was given without a claim. */
export function isNobodys(taken: readonly TakenRange[], { start, end }: SegmentRange): boolean {
  return taken.some((each) => each.claim === NO_CLAIM && each.start <= start && end <= each.end);
}
