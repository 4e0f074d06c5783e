import type { Lease } from './lease-source.port.js';
import { LeasedSegment } from './leased-segment.js';
import type { SegmentOptions, SegmentPorts } from './segment-options.js';

export const HIGHEST_ID = 2n ** 63n - 1n;

/** Ids as bigints. */
export class BigintSegment extends LeasedSegment<bigint> {
  /** A cell of 64 bits is added to by the processor, a bigint in a field by a call that allocates. */
  private readonly following = new BigUint64Array(1);
  private remaining = 0;

  /** @internal */
  constructor(key: string, options: Partial<SegmentOptions>, ports: SegmentPorts) {
    super(key, HIGHEST_ID, options, ports);
  }

  override tryNext(): bigint | undefined {
    if (this.remaining === 0 && !this.refill()) return undefined;
    this.remaining--;
    const { following } = this;
    const id = following[0] as bigint;
    following[0] = id + 1n;
    return id;
  }

  protected override load({ start, end }: Lease): void {
    this.following[0] = start;
    this.remaining = Number(end - start);
  }

  protected override get position(): bigint {
    return this.following[0] as bigint;
  }

  protected override end(): void {
    this.remaining = 0;
  }
}
