import type { Clock } from '../clock.js';

export interface StepPolicyOptions {
  /** False: always the key's own step. */
  adaptive: boolean;
  /** Fraction of a segment used at which the next one is fetched. */
  prefetchRatio: number;
  /** The stock in memory shall last so long at the measured rate. */
  targetSeconds: number;
  /** No segment is made larger than this, except by the key's own step. */
  maxStep: number;
}

/** A rate measured over less says more about a burst than about the traffic: it is taken as if over this. */
const MIN_WINDOW_MS = 10_000;

/** A returned range lasts so long at least, or is a quarter of what would be fetched otherwise. */
const LEAST_MS = 60_000;

/**
 * How many ids to fetch: as many as the stock needs to last `targetSeconds` at the rate of the last segments.
 *
 * The stock is lowest just before the next segment arrives, when `1 - prefetchRatio` of the current one is
 * left; so that this rest still lasts, a segment is `rate * targetSeconds / (1 - prefetchRatio)` long.
 */
export class StepPolicy {
  private issued = 0;
  private issuedBefore = 0;
  private windowStartMs: number;
  private idsPerMs = 0;

  constructor(
    private readonly options: StepPolicyOptions,
    private readonly clock: Clock,
  ) {
    this.windowStartMs = clock.monotonicMs();
  }

  /** Ids given out so far. */
  get totalIssued(): number {
    return this.issuedBefore + this.issued;
  }

  /** As of now, without an effect on the size of the next segment. */
  get idsPerSecond(): number {
    return this.rate(this.clock.monotonicMs() - this.windowStartMs) * 1_000;
  }

  /** Counts ids given out; on the path of each id. */
  record(count: number): void {
    this.issued += count;
  }

  /**
   * What to fetch now, where callers wait for `demand` ids. `size`: of a new range, a multiple of the step where the demand
   * decides. `least`: of a returned one; a smaller one is left for others, as many in a row would cost a fetch each, and
   * leave no stock for the time in which the store is away.
   */
  next(ownStep: number, demand: number): { size: number; least: number } {
    const idsPerMs = this.measure();
    const ceiling = Math.max(this.options.maxStep, ownStep);
    const forDemand = Math.ceil(demand / ownStep) * ownStep;
    const forRate = this.options.adaptive ? this.forRate(idsPerMs) : 0;
    const size = Math.min(Math.max(ownStep, forDemand, forRate), ceiling);
    const lasting = Math.min(Math.ceil(idsPerMs * LEAST_MS), Math.ceil(size / 4));
    return { size, least: Math.min(Math.max(demand, lasting, 1), size) };
  }

  private forRate(idsPerMs: number): number {
    const { targetSeconds, prefetchRatio } = this.options;
    return Math.ceil((idsPerMs * targetSeconds * 1_000) / (1 - prefetchRatio));
  }

  private measure(): number {
    const nowMs = this.clock.monotonicMs();
    const elapsedMs = nowMs - this.windowStartMs;
    const idsPerMs = this.rate(elapsedMs);
    if (elapsedMs < MIN_WINDOW_MS) return idsPerMs;
    this.idsPerMs = idsPerMs;
    this.windowStartMs = nowMs;
    this.issuedBefore += this.issued;
    this.issued = 0;
    return idsPerMs;
  }

  /** Ids per millisecond, of a window that is `elapsedMs` old. */
  private rate(elapsedMs: number): number {
    return elapsedMs < MIN_WINDOW_MS
      ? Math.max(this.idsPerMs, this.issued / MIN_WINDOW_MS)
      : this.issued / elapsedMs;
  }
}
