import type { Lease } from './lease-source.port.js';
import { LeasedSegment } from './leased-segment.js';
import type { SegmentOptions, SegmentPorts } from './segment-options.js';

/** Ids as numbers, refused above 2^53 - 1. */
export class NumberSegment extends LeasedSegment<number> {
  /** The end of the lease at hand; ids are told by how far before it they are, as small integers are quickest. */
  private limit = 0;
  private remaining = 0;

  constructor(key: string, options: Partial<SegmentOptions>, ports: SegmentPorts) {
    super(key, BigInt(Number.MAX_SAFE_INTEGER), options, ports);
  }

  override tryNext(): number | undefined {
    if (this.remaining === 0 && !this.refill()) return undefined;
    return this.limit - this.remaining--;
  }

  protected override load({ start, end }: Lease): void {
    this.limit = Number(end);
    this.remaining = Number(end - start);
  }

  protected override get position(): bigint {
    return BigInt(this.limit - this.remaining);
  }

  protected override end(): void {
    this.limit -= this.remaining;
    this.remaining = 0;
  }
}
