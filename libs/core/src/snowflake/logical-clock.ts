import type { Clock } from '../clock.js';
import { clockBackwards } from '../errors.js';

/**
 * The time that goes into ids: the wall clock, but never below what it gave before.
 *
 * A step back of the wall clock, up to the tolerance, is ridden out: time goes on from where it was, at
 * the pace of the monotonic clock, until the wall clock has caught up. It is never further ahead of the wall
 * clock than the tolerance; where that leaves nothing above the time given last, it is refused.
 */
export class LogicalClock {
  private lastMs = 0;
  private riding = false;
  private anchorMs = 0;
  private anchorMonotonicMs = 0;

  constructor(
    private readonly clock: Clock,
    private readonly toleranceMs: number,
  ) {}

  /** @throws `CLOCK_BACKWARDS` while the wall clock is behind by more than the tolerance */
  nowMs(): number {
    const wallMs = this.clock.wallMs();
    if (wallMs >= this.lastMs) {
      this.riding = false;
      this.lastMs = wallMs;
      return wallMs;
    }
    return this.rideOut(wallMs);
  }

  private rideOut(wallMs: number): number {
    const limitMs = wallMs + this.toleranceMs;
    if (limitMs < this.lastMs) {
      this.riding = false;
      throw clockBackwards(
        `The clock is ${this.lastMs - wallMs} ms behind the last timestamp: set it right, or wait until it has caught up.`,
        this.lastMs - limitMs,
      );
    }
    const monotonicMs = this.clock.monotonicMs();
    if (!this.riding) {
      this.riding = true;
      this.anchorMs = this.lastMs;
      this.anchorMonotonicMs = monotonicMs;
    }
    const riddenMs = this.anchorMs + Math.floor(monotonicMs - this.anchorMonotonicMs);
    this.lastMs = Math.max(this.lastMs, Math.min(riddenMs, limitMs));
    return this.lastMs;
  }
}
