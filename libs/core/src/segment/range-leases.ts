import {
  assertKey,
  IdunError,
  type RangeLease,
  type RangeLeases as RangeLeasesContract,
  type ReturnedRange,
} from '#contracts';
import type { RangeLeaseStore } from './range-lease-store.port.js';

export interface RangeLeaseOptions {
  /** No lease is larger. */
  maxSize: number;
  /** How long a caller waits for the store. */
  deadlineMs: number;
}

export interface RangeLeaseDependencies {
  store: RangeLeaseStore;
  /** A name that was never used before. */
  newLeaseId: () => string;
  /** For the operator's log. */
  onPruneFailed: (error: unknown) => void;
}

/** After its first lease, and then after so many, a node has old records deleted: at most twice as many. */
const LEASES_PER_PRUNING = 50;
const PRUNED_AT_ONCE = 2 * LEASES_PER_PRUNING;

/** What an HTTP header carries unchanged: over TCP too, or a repetition over the other transport would be another request. */
const REQUEST_ID = /^(?! )[\x20-\x7e]{1,255}(?<! )$/;
const ID = /^[1-9]\d{0,18}$/;

/**
 * Ranges that callers hand out by themselves, straight from the store: nothing is held in memory, so any node can answer
 * for what another one gave.
 */
export class RangeLeases implements RangeLeasesContract {
  private given = 0;

  constructor(
    private readonly options: RangeLeaseOptions,
    private readonly deps: RangeLeaseDependencies,
  ) {}

  async leaseRange(key: string, size: number, requestId?: string): Promise<RangeLease> {
    assertKey(key);
    this.assertSize(size);
    assertRequestId(requestId);
    const leaseId = this.deps.newLeaseId();
    const order = { key, size, requestId, leaseId, needsConfirmation: false };
    const lease = await this.deps.store.lease(order, this.options.deadlineMs);
    if (this.given++ % LEASES_PER_PRUNING === 0) void this.prune();
    return {
      key: lease.key,
      start: lease.start.toString(),
      end: lease.end.toString(),
      leaseId: lease.leaseId,
    };
  }

  /** `key`, where it is given, has to be that of the lease. */
  async returnRange(leaseId: string, from: string, key?: string): Promise<ReturnedRange> {
    if (key !== undefined) assertKey(key);
    assertReturn(leaseId, from);
    const order = { leaseId, from: BigInt(from), key };
    return { returned: await this.deps.store.return(order, this.options.deadlineMs) };
  }

  private assertSize(size: unknown): void {
    const { maxSize } = this.options;
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 1 || size > maxSize) {
      throw new IdunError('SIZE_INVALID', `size is a whole number from 1 to ${maxSize}.`);
    }
  }

  /** Off the caller's path; what fails now is due again later. */
  private async prune(): Promise<void> {
    try {
      await this.deps.store.prune(PRUNED_AT_ONCE, this.options.deadlineMs);
    } catch (error) {
      this.deps.onPruneFailed(error);
    }
  }
}

function assertRequestId(requestId: unknown): void {
  if (requestId === undefined) return;
  if (typeof requestId !== 'string' || !REQUEST_ID.test(requestId)) {
    throw new IdunError(
      'REQUEST_INVALID',
      'A request id (Idempotency-Key) is 1 to 255 printable ASCII characters, no blank at its ends.',
    );
  }
}

function assertReturn(leaseId: unknown, from: unknown): void {
  if (typeof leaseId !== 'string' || leaseId === '') {
    throw new IdunError('BODY_INVALID', 'leaseId is the string that came with the range.');
  }
  if (typeof from !== 'string' || !ID.test(from)) {
    throw new IdunError(
      'BODY_INVALID',
      'from is the first id that was not used, as a decimal string.',
    );
  }
}
