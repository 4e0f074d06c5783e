import type { LeaseFetcherPorts } from './lease-fetcher.js';
import type { LeaseSizeOptions } from './lease-size.js';

export interface SegmentOptions extends LeaseSizeOptions {
  /** How long a caller waits for its ids unless it says otherwise. */
  deadlineMs: number;
  /** How long one call of the lease source may take: a guard, as it keeps limits of its own. */
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

/** `options` over `defaults`; an undefined is no option. */
export function withDefaults(
  options: Partial<SegmentOptions>,
  defaults: SegmentOptions,
): SegmentOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

export interface SegmentPorts extends LeaseFetcherPorts {
  /** Told how many ids of a lease were issued, once the lease is used up or the key is closed. */
  onIssued: (count: number) => void;
}
