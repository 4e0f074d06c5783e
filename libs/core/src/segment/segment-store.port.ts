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
 * What the store says of itself with a range that it gave. A store that went back in time, or another server in its
 * place, shows here: see docs/ARCHITECTURE.md.
 */
export interface StoreProof {
  /** How many ranges of this key were given, this one included, and perhaps later ones: it rises with each, for ever. */
  readonly leases: bigint;
  /** Rises with each change of the server. */
  readonly epoch: bigint;
  /** The server that gave the range is the one on record. */
  readonly isKnownServer: boolean;
}

export interface Allocation extends SegmentRange {
  /** Missing where the store lacks the tables that tell it. */
  readonly proof?: StoreProof | undefined;
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
  allocate(key: string, size: number, timeoutMs: number): Promise<Allocation>;

  /** Resolves when the store answers. */
  ping(timeoutMs: number): Promise<void>;
}

/**
 * The lowest free range that begins at or above `floor` and has at least `least` ids; at most `size` ids of it. Where very many
 * are too small, what lies above them may not be found.
 */
export interface FreeRangeOrder {
  floor: bigint;
  least: number;
  size: number;
}

/** Ranges below the counter that nobody has: the tails that nodes and clients gave back. Those that touch are one. */
export interface FreeRangeStore {
  /** Undefined without such a range. Rejects as `allocate` does. */
  takeFree(key: string, order: FreeRangeOrder, timeoutMs: number): Promise<Allocation | undefined>;

  /**
   * Puts back what nobody has any more, at most once for a range. `leases` is that of the proof with which it was
   * given. Where nothing was given since, the counter goes back; else the ids become a free range, or are lost where
   * the counter is below them or they are free already. Gives how many ids will be given again. After a rejection they may be or not.
   */
  giveBack(
    key: string,
    range: SegmentRange,
    leases: bigint | undefined,
    timeoutMs: number,
  ): Promise<number>;

  /** Forgets all free ranges of the key: their ids are never given. */
  dropFree(key: string, timeoutMs: number): Promise<void>;
}

export interface HealOrder {
  key: string;
  /** max_id is moved here, unless it is higher. */
  to: bigint;
  /** Where more than this were given of the key, another node has healed it: nothing is done, unless max_id is below `to`. */
  seenLeases: bigint;
  /** So many steps are added: of the key's own step, or of its largest range where that is larger. */
  marginSteps: number;
  /** Who noticed, and what: for the journal. */
  holder: string;
  reason: string;
}

/** What a witness does to a store that has gone back in time. Rejects as `SegmentStore` does. */
export interface RewindableStore {
  /**
   * Moves the key beyond what was given before, drops its free ranges and raises its `leases` far above what any node
   * has seen, at once and only once over all nodes. Tells where the counter stands, and whether this call moved it.
   *
   * @throws `KEY_NOT_FOUND`
   */
  heal(order: HealOrder, timeoutMs: number): Promise<{ maxId: bigint; healed: boolean }>;

  /**
   * Takes the server for the one on record and raises the epoch above `seenEpoch` and its own, at once and only once
   * over all nodes. With `marginSteps` above 0 every key moves forward by so many, as for `heal`, and all free ranges
   * are dropped. False when it was on record already, with an epoch of at least `seenEpoch`.
   */
  acceptServer(
    order: { seenEpoch: bigint; marginSteps: number; holder: string },
    timeoutMs: number,
  ): Promise<boolean>;

  /** Leaves the server that answers now for another one. False where there is no other. */
  passOver(reason: string): boolean;
}

/** max_id is exclusive, so the last possible id is 2^63 - 2. */
export const MAX_ID_LIMIT = 2n ** 63n - 1n;

/** A heal adds so many to `leases`: more than there are between what two nodes have seen. */
export const LEASES_OF_A_HEAL = 2n ** 20n;
