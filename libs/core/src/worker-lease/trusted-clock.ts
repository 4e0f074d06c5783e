import { clockUntrusted } from '../errors.js';

/** @throws `CLOCK_UNTRUSTED` for a node's clock further ahead of the store's than this */
export function assertClockTrusted(wallMs: number, storeMs: number, maxAheadMs: number): void {
  const aheadMs = wallMs - storeMs;
  if (aheadMs > maxAheadMs) throw clockUntrusted(aheadMs);
}
