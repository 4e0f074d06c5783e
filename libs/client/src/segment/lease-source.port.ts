/** A contiguous range that only this client hands out. */
export interface Lease {
  key: string;
  start: bigint;
  /** Exclusive. */
  end: bigint;
  leaseId: string;
}

/** Where ranges come from. Whatever a method rejects with but a permanent `IdunError` may pass. */
export interface LeaseSource {
  /**
   * `size` ids of `key`. Calls under the same `requestId` get the same lease, so that one whose answer was
   * lost is repeated. Rejects when `signal` is aborted, though it may have been carried out by then.
   */
  lease(key: string, size: number, requestId: string, signal: AbortSignal): Promise<Lease>;
  /** Gives back the ids of `lease` from `from` on. Once, after the last of them was handed out. */
  return(lease: Lease, from: bigint, signal: AbortSignal): Promise<void>;
}
