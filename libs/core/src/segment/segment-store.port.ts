/** A counter as the store has it. */
export interface KeyRecord {
  key: string;
  /** Exclusive end of all ranges given so far: the next range starts here. */
  maxId: bigint;
  /** The key's own step: the least size of a segment. At least 1. */
  step: number;
  description: string | undefined;
}

/** Ids from `start` to before `end`: at least one, all positive, all below 2^63 - 1. The receiver owns them alone. */
export interface SegmentRange {
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * Where counters live. Keys are matched byte for byte, whatever the store's collation.
 *
 * Every method settles within `timeoutMs`, also when the store never answers, and rejects with
 * `STORE_UNAVAILABLE` (cause attached) when the outcome is failure or unknown. It never retries
 * an allocation whose outcome is unknown: such a range is burned.
 */
export interface SegmentStore {
  /** One read. Undefined when there is no such key. */
  find(key: string, timeoutMs: number): Promise<KeyRecord | undefined>;

  /**
   * Moves the counter forward by `size`, atomically, and gives the range that it passed over: shorter
   * than `size` only where the 63-bit space ends.
   *
   * @throws `KEY_NOT_FOUND` without such a key
   * @throws `KEY_EXHAUSTED` when no id is left
   */
  allocate(key: string, size: number, timeoutMs: number): Promise<SegmentRange>;

  /** Resolves when the store answers. */
  ping(timeoutMs: number): Promise<void>;
}

/** max_id is exclusive, so the last possible id is 2^63 - 2. */
export const MAX_ID_LIMIT = 2n ** 63n - 1n;
