import { HIGHEST_ID } from './bigint-segment.js';
import type { Lease } from './lease-source.port.js';
import { LeasedSegment } from './leased-segment.js';
import type { SegmentOptions, SegmentPorts } from './segment-options.js';

/** Ids under one head differ in their last four digits. */
const TAILS = 10_000;

let tails: string[] | undefined;

/** 0000 to 9999, made when the first string is asked for. */
function tailStrings(): string[] {
  tails ??= Array.from({ length: TAILS }, (_, tail) => String(tail).padStart(4, '0'));
  return tails;
}

/** Ids as decimal strings: the digits before the last four are made once in 10,000 ids. */
export class StringSegment extends LeasedSegment<string> {
  private readonly tails = tailStrings();
  /** The digits before the last four; empty for ids below 10,000, which have no zeros in front. */
  private head = '';
  private headValue = 0n;
  private tail = 0;
  /** The first tail that is not issued under this head. */
  private limit = 0;
  private loaded: Pick<Lease, 'start' | 'end'> = { start: 0n, end: 0n };

  /** @internal */
  constructor(key: string, options: Partial<SegmentOptions>, ports: SegmentPorts) {
    super(key, HIGHEST_ID, options, ports);
  }

  override tryNext(): string | undefined {
    if (this.tail === this.limit && !this.nextHead()) return undefined;
    const tail = this.tail++;
    return this.head === '' ? String(tail) : this.head + this.tails[tail];
  }

  protected override load(lease: Lease): void {
    this.loaded = lease;
    this.moveTo(lease.start);
  }

  protected override get position(): bigint {
    return this.headValue * BigInt(TAILS) + BigInt(this.tail);
  }

  protected override end(): void {
    this.loaded = { start: this.position, end: this.position };
    this.limit = this.tail;
  }

  private nextHead(): boolean {
    if (this.position >= this.loaded.end) return this.refill();
    this.moveTo(this.position);
    return true;
  }

  private moveTo(id: bigint): void {
    this.headValue = id / BigInt(TAILS);
    this.head = this.headValue === 0n ? '' : String(this.headValue);
    this.tail = Number(id % BigInt(TAILS));
    const rest = this.loaded.end - this.headValue * BigInt(TAILS);
    this.limit = rest < TAILS ? Number(rest) : TAILS;
  }
}
