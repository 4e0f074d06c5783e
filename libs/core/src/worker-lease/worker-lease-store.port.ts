/**
 * One registered worker id as a holder knows it.
 *
 * `version` rises with every write of the record and is the fence: a write names the version that
 * it expects and fails when the record has moved on.
 */
export interface WorkerLeaseGrant {
  workerId: number;
  owner: string;
  version: number;
  /** The highest timestamp that an earlier holder may have issued: the new one starts strictly above. */
  floorMs: number;
  /** The highest timestamp that this holder may issue: its confirmed reservation. */
  reservedUntilMs: number;
  /** The highest last timestamp that any holder of any worker id has recorded; 0 without any. */
  highestTimestampMs: number;
}

export interface AcquireRequest {
  /** The name under which an instance asks for its old id. */
  instance: string;
  /** A token that no other process ever used; the same for all attempts of this one. */
  owner: string;
  /** Reservation to write with the registration, if it lies above the record's own. */
  reserveUntilMs: number;
  /** This node's wall clock, which must not be far ahead of the store's. */
  wallMs: number;
  timeoutMs: number;
}

export interface RenewRequest {
  reserveUntilMs: number;
  /** The highest timestamp issued under this grant so far; 0 if none. */
  lastTimestampMs: number;
  wallMs: number;
  timeoutMs: number;
}

/**
 * Where worker ids are registered: sequentially, the lowest free one first.
 *
 * An id whose lease may still be alive is given to nobody, the same instance included. Free and released
 * ids go at once; an instance gets the one that it released itself, if that is still free. A lease that
 * looks alive is taken over only by a caller that has itself seen its version unchanged for the lease time
 * and a grace, on its own monotonic clock: so `acquire` is called again and again while it rejects with
 * `WORKER_IDS_EXHAUSTED`.
 *
 * Every method settles within `timeoutMs`. An unknown outcome is `STORE_UNAVAILABLE`: the holder counts the
 * write as not made, a successor as made. All reject with `CLOCK_UNTRUSTED`, writing nothing, where `wallMs` is
 * further ahead of the store's clock than configured.
 */
export interface WorkerLeaseStore {
  /**
   * Takes an id. Called again with the same owner after an unknown outcome, it finds that owner's record.
   * @throws `WORKER_IDS_EXHAUSTED` while none is free
   */
  acquire(request: AcquireRequest): Promise<WorkerLeaseGrant>;

  /**
   * Confirms the lease and a higher reservation in one write, conditional on version and owner. Where an earlier
   * write of this owner had an unknown outcome, it goes on from what the record shows.
   * @throws `WORKER_LEASE_LOST` when another owner has the record
   */
  renew(grant: WorkerLeaseGrant, request: RenewRequest): Promise<WorkerLeaseGrant>;

  /** Gives the id back with the true last timestamp, so that the next holder may start at once. No-op once lost. */
  release(grant: WorkerLeaseGrant, lastTimestampMs: number, timeoutMs: number): Promise<void>;
}
