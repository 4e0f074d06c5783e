import type { Clock } from './clock.js';
import { storeUnavailable } from './errors.js';

/** One time for all steps of a call. */
export class TimeLimit {
  private readonly startMs: number;

  /** Where less than `minRatio` of the time is left no step is begun. */
  constructor(
    private readonly timeoutMs: number,
    private readonly clock: Clock,
    private readonly minRatio = 0,
  ) {
    this.startMs = clock.monotonicMs();
  }

  /** @throws `STORE_UNAVAILABLE` where it is too late for another step */
  leftMs(): number {
    const leftMs = this.timeoutMs - (this.clock.monotonicMs() - this.startMs);
    if (leftMs <= this.timeoutMs * this.minRatio) {
      throw storeUnavailable(new Error(`no step is begun with ${Math.round(leftMs)} ms left`));
    }
    return leftMs;
  }
}
