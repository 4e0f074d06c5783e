import type { SegmentRange } from '../segment/segment-store.port.js';

export function overlap(a: SegmentRange, b: SegmentRange): boolean {
  return a.start < b.end && b.start < a.end;
}

/** What is left of `from`. */
export function without<T extends SegmentRange>(from: T, range: SegmentRange): T[] {
  if (!overlap(from, range)) return [from];
  const parts = [];
  if (from.start < range.start) parts.push({ ...from, end: range.start });
  if (range.end < from.end) parts.push({ ...from, start: range.end });
  return parts;
}

/** What is left of those in `from`. */
export function withoutAll<T extends SegmentRange>(
  from: readonly T[],
  ranges: readonly SegmentRange[],
): T[] {
  return ranges.reduce<T[]>(
    (parts, range) => parts.flatMap((part) => without(part, range)),
    [...from],
  );
}

/** What lies in both, which must overlap. */
export function common(a: SegmentRange, b: SegmentRange): SegmentRange {
  return { start: a.start > b.start ? a.start : b.start, end: a.end < b.end ? a.end : b.end };
}

/** In order, neighbours that are alike as one. */
export function merged<T extends SegmentRange>(
  ranges: readonly T[],
  areAlike: (a: T, b: T) => boolean,
): T[] {
  const result: T[] = [];
  for (const range of ranges.toSorted((a, b) => (a.start < b.start ? -1 : 1))) {
    const last = result.at(-1);
    if (last?.end === range.start && areAlike(last, range)) {
      result[result.length - 1] = { ...last, end: range.end };
    } else result.push(range);
  }
  return result;
}
