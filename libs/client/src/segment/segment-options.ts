import type { LeaseFetcherPorts } from './lease-fetcher.js';
import type { LeaseSizeOptions } from './lease-size.js';

export interface SegmentOptions extends LeaseSizeOptions {
  /** How long a caller waits for its ids unless it says otherwise. */
  deadlineMs: number;
  /** How long one call of the lease source may take. */
  attemptTimeoutMs: number;
  /** How long a permanent failure is answered from memory. */
  failureCacheMs: number;
}

export const DEFAULT_SEGMENT_OPTIONS: Readonly<SegmentOptions> = {
  minLeaseSize: 1_000,
  maxLeaseSize: 1_000_000,
  targetSeconds: 60,
  deadlineMs: 2_000,
  attemptTimeoutMs: 2_000,
  failureCacheMs: 500,
};

export type SegmentPorts = LeaseFetcherPorts;

export interface CallOptions {
  signal?: AbortSignal;
  /** Milliseconds from now. */
  deadlineMs?: number;
}
