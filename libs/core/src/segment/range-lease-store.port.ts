import type { SegmentRange, StoreProof } from './segment-store.port.js';

export interface LeaseRecord extends SegmentRange {
  readonly leaseId: string;
  readonly key: string;
  /** No caller has had it before it is confirmed. */
  readonly isConfirmed: boolean;
  /** Of a lease that was made by this call; missing where the store lacks the tables that tell it. */
  readonly proof?: StoreProof | undefined;
  /** Its ids were returned by somebody before. */
  readonly isFromFree: boolean;
}

export interface LeaseOrder {
  key: string;
  /** A positive integer; the range is exactly as long. */
  size: number;
  /** Under which the same lease is found again. Undefined: under none. */
  requestId: string | undefined;
  /** The name of the lease, should a new one be made: never used before. */
  leaseId: string;
  /** True where a witness has to claim the range before a caller may have it. */
  needsConfirmation: boolean;
}

export interface ReturnOrder {
  leaseId: string;
  /** The first id that was not used: from the lease's start to its end, both included. */
  from: bigint;
  /** Given, the lease has to be one of this key. */
  key?: string | undefined;
}

/** What a lease had left. */
export interface ClosedLease extends SegmentRange {
  readonly key: string;
  /** Undefined where no witness is known to have the range by a claim. */
  readonly claim: bigint | undefined;
}

/** Leases can be pruned once they are so old by the store's clock, and not before. */
export const LEASE_RECORD_MS = 24 * 3_600_000;

/**
 * Ranges given to callers, with the record by which a repeated order finds its range. Beside a `SegmentStore`, on the
 * same counters: every range is part of what its `allocate` would have given, and of nothing else that it gives.
 *
 * A range and its record, or a return and its effect, happen together or not at all. Every method settles within
 * `timeoutMs` and rejects with `STORE_UNAVAILABLE` (cause attached) when the outcome is failure or unknown.
 */
export interface RangeLeaseStore {
  /**
   * The lease that this key and request id have already, else a new one: from ids that were returned, where so many
   * stand in a row, else from the counter.
   *
   * @throws `KEY_NOT_FOUND` without such a key
   * @throws `KEY_EXHAUSTED` when there are not `size` ids in a row left
   * @throws `IDEMPOTENCY_CONFLICT` when the lease of this request id has another size
   * @throws `LEASE_RETURNED` when it was returned
   */
  lease(order: LeaseOrder, timeoutMs: number): Promise<LeaseRecord>;

  /**
   * Takes back what a lease has from `from` on, once. Gives the number of ids that will be given again: none where the
   * counter was set back below the lease, or deleted.
   *
   * @throws `LEASE_NOT_FOUND` without such a lease, or when it was pruned
   * @throws `LEASE_RETURNED` when it was returned before
   * @throws `BODY_INVALID` when `from` is not in the lease
   */
  return(order: ReturnOrder, timeoutMs: number): Promise<number>;

  /**
   * A caller may have the range from now on. False when the lease was voided. May be repeated. `claim`: by which a
   * witness has the range; it is kept where all who confirm the lease have it from this claim, else none is.
   */
  confirm(leaseId: string, claim: bigint | undefined, timeoutMs: number): Promise<boolean>;

  /** Forgets a lease that was not confirmed: its ids are lost. False when it was confirmed, or is gone. May be repeated. */
  void(leaseId: string, timeoutMs: number): Promise<boolean>;

  /**
   * The first half of `return`, where a witness has its part between the two: ends the lease, once, and gives the ids
   * that it has left, which are then nobody's. Throws what `return` does. The second half is `giveBack`.
   */
  close(order: ReturnOrder, timeoutMs: number): Promise<ClosedLease>;

  /** Forgets at most `limit` leases that are older than {@link LEASE_RECORD_MS}, the oldest first; gives how many. */
  prune(limit: number, timeoutMs: number): Promise<number>;
}
