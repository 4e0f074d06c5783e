import type { SegmentRange } from './segment-store.port.js';

/** A range in use. */
interface Segment {
  next: bigint;
  remaining: number;
  /** The next segment is to be fetched once no more than this remains. */
  readonly prefetchAt: number;
}

/** The ids at hand for one key: the current segment and those fetched ahead, in the order of their arrival. */
export class SegmentStock {
  private readonly segments: Segment[] = [];
  private remaining = 0;

  constructor(private readonly prefetchRatio: number) {}

  /** How many ids are at hand. */
  get size(): number {
    return this.remaining;
  }

  /** Whether the current segment is used up so far that the next one should be under way. */
  get isLow(): boolean {
    const current = this.segments[0];
    if (current === undefined) return true;
    return this.segments.length === 1 && current.remaining <= current.prefetchAt;
  }

  add(range: SegmentRange): void {
    const size = Number(range.end - range.start);
    this.segments.push({
      next: range.start,
      remaining: size,
      prefetchAt: Math.floor(size * (1 - this.prefetchRatio)),
    });
    this.remaining += size;
  }

  /** The next id; undefined when there is none. */
  next(): bigint | undefined {
    const segment = this.segments[0];
    if (segment === undefined) return undefined;
    this.use(segment, 1);
    return segment.next++;
  }

  /** The next `count` ids, of which there must be so many. */
  take(count: number): bigint[] {
    const ids: bigint[] = [];
    while (ids.length < count) {
      const segment = this.segments[0]!;
      const part = Math.min(count - ids.length, segment.remaining);
      this.use(segment, part);
      for (let i = 0; i < part; i++) ids.push(segment.next++);
    }
    return ids;
  }

  private use(segment: Segment, count: number): void {
    segment.remaining -= count;
    this.remaining -= count;
    if (segment.remaining === 0) this.segments.shift();
  }
}
