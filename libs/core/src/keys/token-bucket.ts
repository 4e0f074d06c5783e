import type { Clock } from '../clock.js';

/** So much of a second's worth may be taken at once: no three seconds give more than 17 % above the rate. */
const BURST_SECONDS = 0.5;

/**
 * A rate limit, on the monotonic clock. The bucket holds half a second's worth, at least 1.
 *
 * More than that at once is let through when the bucket is full, and leaves a debt: nothing more is let through before it
 * is worked off. So a batch or a lease of any size is possible at some time, and the rate is kept over longer times.
 */
export class TokenBucket {
  private readonly burst: number;
  private tokens: number;
  private filledAtMs: number;

  /** `ratePerSecond`: above 0. */
  constructor(
    readonly ratePerSecond: number,
    private readonly clock: Clock,
  ) {
    this.burst = Math.max(1, ratePerSecond * BURST_SECONDS);
    this.tokens = this.burst;
    this.filledAtMs = clock.monotonicMs();
  }

  /** Takes `count`, a whole number from 1 on; where it must not, it takes nothing and tells after how many ms it may. */
  take(count: number): number {
    this.fill();
    const missing = Math.min(count, this.burst) - this.tokens;
    // What is less than a millionth is the rounding of fractions.
    if (missing > 1e-6) return (missing / this.ratePerSecond) * 1_000;
    this.tokens -= count;
    return 0;
  }

  private fill(): void {
    const nowMs = this.clock.monotonicMs();
    const earned = ((nowMs - this.filledAtMs) * this.ratePerSecond) / 1_000;
    this.tokens = Math.min(this.burst, this.tokens + earned);
    this.filledAtMs = nowMs;
  }
}
