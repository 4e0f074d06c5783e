import type { SegmentRange } from '../segment/segment-store.port.js';

export type RangeKind = 'segment' | 'lease';
/**
 * `used`: all of its ids were handed out, or lost. `returned`: the ids from `returnedFrom` on were given back.
 * `superseded`: the store gave it after it had gone back in time, and none of its ids was handed out.
 */
export type RangeState = 'open' | 'used' | 'returned' | 'superseded';

/** A range as the journal has it. */
export interface JournalRange extends SegmentRange {
  readonly kind: RangeKind;
  /** The node, by its instance name, to which it was given; of a lease, the node that gave it to a caller. */
  readonly holder: string;
  /** Of a lease. */
  readonly leaseId?: string | undefined;
  /** By the store's clock. */
  readonly leasedAtMs: number;
  readonly state: RangeState;
  readonly returnedFrom?: bigint | undefined;
}

export type JournalEventKind = 'rewind' | 'server' | 'advance';

/** What happened to a key beside its ranges: `start` to before `end` is what the counter passed over, and what is unsure. */
export interface JournalEvent extends SegmentRange {
  readonly kind: JournalEventKind;
  readonly holder: string;
  readonly reason: string;
  readonly atMs: number;
}

export interface JournalAnswer {
  /** Ranges that have the id, the newest first. */
  readonly ranges: readonly JournalRange[];
  /** Events that concern the id, the newest first. */
  readonly events: readonly JournalEvent[];
  /**
   * By the store's clock: each range that was given at or after this time is recorded. Of what was given before, there
   * may be records or not. Undefined where there is no such time, as when the last range, or the last move of the
   * counter, has no record: of a node that keeps no journal, a Leaf, an operator, or a store that went back in time.
   */
  readonly recordedSinceMs: number | undefined;
  /** Where the counter stands; undefined without the key. */
  readonly maxId: bigint | undefined;
}

/** Who got which range. The ranges themselves are written in the transaction that gives them. Rejects as `SegmentStore` does. */
export interface RangeJournal {
  find(key: string, id: bigint, timeoutMs: number): Promise<JournalAnswer>;
  /**
   * Sets the state of this node's open range of this key that begins so; nothing where there is none. Returns are
   * settled by the store itself.
   */
  settle(
    key: string,
    start: bigint,
    state: Exclude<RangeState, 'open'>,
    returnedFrom: bigint | undefined,
    timeoutMs: number,
  ): Promise<void>;
  /**
   * Deletes at most `limit` entries that are older than so many milliseconds by the store's clock, the oldest first;
   * gives how many. Events stay ten times as long.
   */
  prune(olderThanMs: number, limit: number, timeoutMs: number): Promise<number>;
}
