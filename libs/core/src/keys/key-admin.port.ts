import type { KeyRecord } from '../segment/segment-store.port.js';

/** What an operator has laid down for a key. */
export interface KeyControl {
  /** Gives no ids. */
  readonly suspended: boolean;
  /** Ids a second at each node; undefined without a limit. */
  readonly ratePerSecond: number | undefined;
}

export interface AdminKey extends KeyRecord, KeyControl {}

export interface KeyControls {
  /** Rises with each change. */
  readonly revision: bigint;
  /** Of the keys that have any. */
  readonly controls: ReadonlyMap<string, KeyControl>;
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
  step?: number;
  description?: string | null;
  suspended?: boolean;
  ratePerSecond?: number | null;
}

/** Keys as operators see and change them. Rejects as `SegmentStore` does. */
export interface KeyAdmin {
  /** In the order of their names, beginning after `after`. */
  list(after: string | undefined, limit: number, timeoutMs: number): Promise<AdminKey[]>;
  /** @throws `KEY_NOT_FOUND` */
  get(key: string, timeoutMs: number): Promise<AdminKey>;
  /** @throws `KEY_EXISTS` */
  create(key: NewKey, timeoutMs: number): Promise<AdminKey>;
  /** All of the change or none. @throws `KEY_NOT_FOUND` */
  change(key: string, change: KeyChange, timeoutMs: number): Promise<AdminKey>;
  /**
   * Moves max_id forward, drops the free ranges of the key, and writes an event into the journal, at once.
   * @throws `KEY_NOT_FOUND`, `ADVANCE_BACKWARDS`, `KEY_EXHAUSTED`
   */
  advance(
    key: string,
    to: { to: bigint } | { by: bigint },
    holder: string,
    timeoutMs: number,
  ): Promise<AdminKey>;
  /** The controls of all keys, where they have changed since `revision`; undefined where they have not. */
  controls(revision: bigint | undefined, timeoutMs: number): Promise<KeyControls | undefined>;
}
