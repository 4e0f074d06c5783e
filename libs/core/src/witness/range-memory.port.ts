import type { SegmentRange, StoreProof } from '../segment/segment-store.port.js';

export interface KeyMemory {
  /** The highest number of ranges that the store has told this node of. */
  readonly leases: bigint;
  /** Exclusive end of all ids of the key that this node was given, with or without being told a number. */
  readonly mark: bigint;
}

/** What this node has seen of a store: a witness of its own ranges, also over a restart. */
export interface RangeMemory {
  /** The highest epoch of the store; 0 where none was seen. */
  readonly epoch: bigint;
  of(key: string): KeyMemory | undefined;
  /**
   * Resolves once it would outlast a crash. Where that fails it is kept for as long as the process runs, and said in
   * the log: never rejects.
   */
  note(key: string, range: SegmentRange, proof: StoreProof | undefined): Promise<void>;
}
