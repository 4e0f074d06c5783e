import type { KeyRecord } from '../segment/segment-store.port.js';

/** What an operator has laid down for a key. */
export interface KeyControl {
  /** Gives no ids. */
  readonly suspended: boolean;
  /** Ids a second at each node, a whole number from 1 on; undefined without a limit. */
  readonly ratePerSecond: number | undefined;
}

export interface AdminKey extends KeyRecord, KeyControl {}

export interface KeyControls {
  /** Another one after each change. */
  readonly revision: bigint;
  /** Of the keys that have any. */
  readonly controls: ReadonlyMap<string, KeyControl>;
  /** Keys that were deleted through here, and not made anew. */
  readonly deleted: ReadonlySet<string>;
}

export interface NewKey {
  key: string;
  /** The first id, at least 1. */
  start: bigint;
  step: number;
  description: string | undefined;
}

/** What is left out stays as it is; `ratePerSecond` and `description` of null are taken away. */
export interface KeyChange {
  step?: number | undefined;
  description?: string | null | undefined;
  suspended?: boolean | undefined;
  ratePerSecond?: number | null | undefined;
}

/** Who changes something, and why: for the audit. */
export interface Operator {
  actor: string;
  reason?: string | undefined;
}

/**
 * Keys as operators see and change them. Rejects as `SegmentStore` does. Each change is made whole or not at all, with its
 * entry in the audit; after `STORE_UNAVAILABLE` it may have been made or not.
 */
export interface KeyAdmin {
  /** In the order of the bytes of their names, beginning after `after`. */
  list(after: string | undefined, limit: number, timeoutMs: number): Promise<AdminKey[]>;

  /** @throws `KEY_NOT_FOUND` */
  get(key: string, timeoutMs: number): Promise<AdminKey>;

  /**
   * Where the key was deleted before, it begins above what was given then, if `start` is lower.
   *
   * @throws `KEY_EXISTS`, also where the store cannot tell the key from another one
   * @throws `KEY_INVALID` where the store cannot hold the key
   */
  create(key: NewKey, by: Operator, timeoutMs: number): Promise<AdminKey>;

  /** @throws `KEY_NOT_FOUND` */
  change(key: string, change: KeyChange, by: Operator, timeoutMs: number): Promise<AdminKey>;

  /**
   * Moves max_id forward, or leaves it where it stands, drops the free ranges of the key, and writes an event into the
   * journal. What nodes hold in memory and leases that callers hold are given out all the same.
   *
   * @throws `KEY_NOT_FOUND`, `ADVANCE_BACKWARDS`, `KEY_EXHAUSTED`
   */
  advance(
    key: string,
    to: { to: bigint } | { by: bigint },
    by: Operator,
    timeoutMs: number,
  ): Promise<AdminKey>;

  /**
   * Only of a key that is suspended, so that nobody is surprised. Remembers up to where ids were given.
   *
   * @throws `KEY_NOT_FOUND`, `REQUEST_INVALID` where it is not suspended
   */
  delete(key: string, by: Operator, timeoutMs: number): Promise<void>;

  /** The controls of all keys, unless they are those of `revision`. */
  controls(revision: bigint | undefined, timeoutMs: number): Promise<KeyControls | undefined>;
}
