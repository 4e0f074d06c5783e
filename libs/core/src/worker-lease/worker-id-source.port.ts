/** A worker id that may be used, and for how long. A new object with every renewal, never changed. */
export interface HeldWorkerId {
  readonly workerId: number;
  /** Timestamps up to here may have been used under this worker id by somebody else. */
  readonly floorMs: number;
  /** No timestamp above this may be used: what lies beyond is not confirmed. */
  readonly reservedUntilMs: number;
  /** The highest timestamp that any node has recorded. */
  readonly highestTimestampMs: number;
}

/** What a snowflake generator needs to know of its lease. */
export interface WorkerIdSource {
  /**
   * The id held now, after a look at both clocks.
   * @throws the reason why there is none: `WORKER_LEASE_LOST`, `WORKER_IDS_EXHAUSTED` or `CLOCK_UNTRUSTED`
   */
  held(): HeldWorkerId;
  /** Moves the reservation above `timestampMs`. Rejects as `held` throws. */
  extend(timestampMs: number): Promise<void>;
  /** Remembers that ids up to this timestamp were issued: it is recorded with the next renewal. */
  noteIssued(timestampMs: number): void;
}
