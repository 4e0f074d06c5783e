import type { EdgeLog } from './edge-log.js';

const INTERVAL_MS = 1_000;

/**
 * At most one warning a second: what strangers send must not be able to fill the log.
 * Each line tells in `suppressed` how many were left out before it.
 */
export class RateLimitedLog {
  private nextAtMs = -Infinity;
  private suppressed = 0;

  /** `nowMs` is a monotonic clock in milliseconds. */
  constructor(
    private readonly log: Pick<EdgeLog, 'warn'>,
    private readonly nowMs: () => number,
  ) {}

  warn(details: object, message: string): void {
    const now = this.nowMs();
    if (now < this.nextAtMs) {
      this.suppressed++;
      return;
    }
    this.nextAtMs = now + INTERVAL_MS;
    this.log.warn({ ...details, suppressed: this.suppressed }, message);
    this.suppressed = 0;
  }
}
