const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/** A call of a server under way: what its end says depends on when it began. */
export interface Trial {
  /** Of the ejection, at the beginning. */
  readonly phase: number;
  /** The one call that finds out whether the server is back. */
  readonly probe: boolean;
  readonly startedMs: number;
}

/**
 * Whether one server is left alone: for 1 s after a failure, then for twice as long after each probe that fails,
 * up to 30 s. Every trial ends by exactly one of `answered`, `failed`, `silent` and `dropped`.
 *
 * A trial counts only in the phase in which it began: a hundred calls that break with one node are one failure, and a
 * late answer of a node that is shutting down does not bring it back. One that was made although the server was
 * ejected, as all others were too, can only end the ejection: otherwise the load of an outage would prolong it.
 */
export class Ejection {
  private phase = 0;
  /** Undefined while the server is well. */
  private untilMs: number | undefined;
  private nextMs = FIRST_MS;
  private probing = false;
  /** When the first trial since the last answer began that was given up before its time. */
  private silentSinceMs: number | undefined;

  isAvailable(nowMs: number): boolean {
    return this.untilMs === undefined || (nowMs >= this.untilMs && !this.probing);
  }

  get endMs(): number {
    return this.untilMs ?? -Infinity;
  }

  begin(nowMs: number): Trial {
    const probe = this.untilMs !== undefined && this.isAvailable(nowMs);
    if (probe) this.probing = true;
    return { phase: this.phase, probe, startedMs: nowMs };
  }

  /** Returns whether the server is back. */
  answered(trial: Trial): boolean {
    if (trial.phase !== this.phase) return false;
    this.silentSinceMs = undefined;
    if (this.untilMs === undefined) return false;
    this.enterPhase(undefined);
    this.nextMs = FIRST_MS;
    return true;
  }

  /** Returns for how many milliseconds the server is ejected by this; 0 where it is not. */
  failed(trial: Trial, nowMs: number): number {
    if (trial.phase !== this.phase || (this.untilMs !== undefined && !trial.probe)) return 0;
    const forMs = this.nextMs;
    this.enterPhase(nowMs + forMs);
    this.nextMs = Math.min(forMs * 2, LONGEST_MS);
    return forMs;
  }

  /**
   * The caller could not wait any longer. That is a failure once the server has not answered for `patienceMs`. Returns
   * as `failed`.
   */
  silent(trial: Trial, nowMs: number, patienceMs: number): number {
    if (trial.phase !== this.phase) return 0;
    this.silentSinceMs ??= trial.startedMs;
    if (nowMs - this.silentSinceMs >= patienceMs) return this.failed(trial, nowMs);
    this.dropped(trial);
    return 0;
  }

  /** The trial ended without a word on the server. */
  dropped(trial: Trial): void {
    if (trial.probe && trial.phase === this.phase) this.probing = false;
  }

  /** The server is gone: no trial under way counts any more. */
  retire(): void {
    this.phase++;
  }

  private enterPhase(untilMs: number | undefined): void {
    this.phase++;
    this.untilMs = untilMs;
    this.probing = false;
    this.silentSinceMs = undefined;
  }
}
