import type { Lease } from './lease-source.port.js';
import { LeasedSegment } from './leased-segment.js';
import type { SegmentOptions, SegmentPorts } from './segment-options.js';

/** Ids as numbers, refused above 2^53 - 1. */
export class NumberSegment extends LeasedSegment<number> {
  /** Minus zero, as a field that began as a small integer is slower once it holds a large number. */
  private following = -0;
  private limit = -0;

  /** @internal */
  constructor(key: string, options: Partial<SegmentOptions>, ports: SegmentPorts) {
    super(key, BigInt(Number.MAX_SAFE_INTEGER), options, ports);
  }

  override tryNext(): number | undefined {
    if (this.following < this.limit) return this.following++;
    return this.refill() ? this.following++ : undefined;
  }

  protected override load({ start, end }: Lease): void {
    this.following = Number(start);
    this.limit = Number(end);
  }

  protected override get position(): bigint {
    return BigInt(this.following);
  }

  protected override end(): void {
    this.limit = this.following;
  }
}
