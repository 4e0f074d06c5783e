import type { Allocation, SegmentRange } from './segment-store.port.js';

/** A range that may be handed out, with the claim that its release has to name, where there is one. */
export interface AdmittedRange extends Allocation {
  readonly claim: bigint | undefined;
}

/** A range in use. */
interface Segment {
  next: bigint;
  remaining: number;
  /** The next segment is to be fetched once no more than this remains. */
  readonly prefetchAt: number;
  readonly range: AdmittedRange;
}

/** Ids that were never handed out, with what the store said of the range that they are the end of. */
export interface Tail extends SegmentRange {
  readonly leases: bigint | undefined;
  readonly claim: bigint | undefined;
}

/** The ids at hand for one key: the current segment and those fetched ahead, in the order of their arrival. */
export class SegmentStock {
  private readonly segments: Segment[] = [];
  private remaining = 0;

  constructor(
    private readonly prefetchRatio: number,
    private readonly onUsedUp?: (range: SegmentRange) => void,
  ) {}

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

  add(range: AdmittedRange): void {
    const size = Number(range.end - range.start);
    this.segments.push({
      next: range.start,
      remaining: size,
      prefetchAt: Math.floor(size * (1 - this.prefetchRatio)),
      range,
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

  /** Gives up all that is left, for good; the lowest first. */
  drain(): Tail[] {
    const tails = this.segments.splice(0).map(({ next, range }) => {
      const { end, proof, claim } = range;
      return { start: next, end, leases: proof?.leases, claim };
    });
    this.remaining = 0;
    return tails;
  }

  private use(segment: Segment, count: number): void {
    segment.remaining -= count;
    this.remaining -= count;
    if (segment.remaining > 0) return;
    this.segments.shift();
    this.onUsedUp?.(segment.range);
  }
}
