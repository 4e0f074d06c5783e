import { IdunError } from '../../../contracts/src/index.js';
import type { CallOptions } from '../calls/call-options.js';
import { holdProcess } from '../clock.js';
import type { Lease, LeaseSource } from './lease-source.port.js';

/** A range that the caller hands out by itself, in whatever order. It does not end by itself. */
export class LeasedRange implements Lease {
  readonly key: string;
  /** The first id. */
  readonly start: bigint;
  /** Exclusive. */
  readonly end: bigint;
  readonly leaseId: string;
  private from: bigint | undefined;
  private returned: Promise<number> | undefined;

  /** @internal */
  constructor(
    lease: Lease,
    private readonly source: LeaseSource,
    private readonly deadlineMs: number,
  ) {
    this.key = lease.key;
    this.start = lease.start;
    this.end = lease.end;
    this.leaseId = lease.leaseId;
  }

  /**
   * Gives back the ids from `from` on, for others to use: call it after the last id below was handed out, and hand out none
   * above. Resolves to how many will be given again. It is done once: called again with the same `from` it has
   * the same outcome, or tries again where it failed; another `from` is refused with `LEASE_RETURNED`.
   */
  async giveBack(from: bigint, options: CallOptions = {}): Promise<number> {
    if (typeof from !== 'bigint' || from < this.start || from > this.end) {
      throw new IdunError('BODY_INVALID', `From is a bigint from ${this.start} to ${this.end}.`);
    }
    this.from ??= from;
    if (from !== this.from) {
      throw new IdunError('LEASE_RETURNED', `The lease was given back from ${this.from} on.`);
    }
    this.returned ??= this.return(from, options);
    return this.returned;
  }

  private async return(from: bigint, options: CallOptions): Promise<number> {
    const deadlineMs = options.deadlineMs ?? this.deadlineMs;
    try {
      return await holdProcess(this.source.return(this, from, { ...options, deadlineMs }));
    } catch (error) {
      this.returned = undefined;
      throw error;
    }
  }
}
