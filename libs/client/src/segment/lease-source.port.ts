import type { CallOptions } from '../calls/call-options.js';

/** A contiguous range that only this client hands out. */
export interface Lease {
  readonly key: string;
  readonly start: bigint;
  /** Exclusive. */
  readonly end: bigint;
  readonly leaseId: string;
}

/** Where ranges come from. Whatever a method rejects with but a permanent `IdunError` may pass. */
export interface LeaseSource {
  /**
   * `size` ids of `key`. Calls under the same `requestId` get the same lease, so that one whose answer was
   * lost is repeated. Rejects when the signal is aborted, though it may have been carried out by then.
   */
  lease(key: string, size: number, requestId: string, options: CallOptions): Promise<Lease>;
  /**
   * Gives back the ids of `lease` from `from` on. Once, after the last of them was handed out; again with the same `from`
   * where the answer was lost. Resolves to how many will be given again.
   */
  return(lease: Lease, from: bigint, options: CallOptions): Promise<number>;
}
