import type { Clock } from '../clock.js';
import { clockBackwards } from '../errors.js';

/**
 * The time that goes into ids: the wall clock, but never below what was used before.
 *
 * A step back of the wall clock, up to the tolerance, is ridden out: time goes on from what was used last,
 * at the pace of the monotonic clock, until the wall clock has caught up. It is never further ahead of the wall
 * clock than the tolerance; where that leaves nothing above the time used last, it is refused.
 * What was read but not used leaves no trace, so a clock that was wildly ahead for a while does no harm.
 */
export class LogicalClock {
  private usedMs = 0;
  /** Where time goes on from after a step back: the last time used before it. */
  private anchor = { wallMs: 0, monotonicMs: 0 };
  private riding = false;

  constructor(
    private readonly clock: Clock,
    private readonly toleranceMs: number,
  ) {}

  /** @throws `CLOCK_BACKWARDS` while the wall clock is behind by more than the tolerance */
  nowMs(): number {
    const wallMs = this.clock.wallMs();
    if (wallMs < this.usedMs) return this.rideOut(wallMs);
    this.riding = false;
    return wallMs;
  }

  /** Nothing below `ms` is given any more. */
  use(ms: number): void {
    this.usedMs = ms;
    if (!this.riding) this.anchor = { wallMs: ms, monotonicMs: this.clock.monotonicMs() };
  }

  private rideOut(wallMs: number): number {
    const limitMs = wallMs + this.toleranceMs;
    if (limitMs < this.usedMs) {
      throw clockBackwards(
        `The clock is ${this.usedMs - wallMs} ms behind the last timestamp: set it right, or wait until it has caught up.`,
        this.usedMs - limitMs,
      );
    }
    this.riding = true;
    const elapsedMs = Math.floor(this.clock.monotonicMs() - this.anchor.monotonicMs);
    const riddenMs = this.anchor.wallMs + elapsedMs;
    return Math.max(this.usedMs, Math.min(riddenMs, limitMs));
  }
}
