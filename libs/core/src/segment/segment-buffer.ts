import { IdunError } from '#contracts';
import type { Scheduler } from '../clock.js';
import { segmentNotReady, shuttingDown, storeUnavailable } from '../errors.js';
import type { KeyGate, KeyLimit } from '../keys/key-gate.js';
import { SegmentFetcher, type FetchDependencies, type FetchOptions } from './segment-fetcher.js';
import { SegmentStock, type Tail } from './segment-stock.js';
import type { SegmentRange } from './segment-store.port.js';
import { WaitingQueue } from './waiting-queue.js';

export interface SegmentOptions extends FetchOptions {
  /** How long a caller waits for ids. */
  deadlineMs: number;
  /** For so long the store is not asked again for a key that it refused. */
  negativeCacheMs: number;
}

export interface SegmentDependencies extends FetchDependencies {
  scheduler: Scheduler;
  /** From 0 to before 1: spreads the retries of many keys and nodes. */
  random: () => number;
  /** For the operator's log. */
  onFetchFailed: (key: string, error: unknown) => void;
  /** The last id of a range was handed out. Left out where nobody keeps a record of it. */
  onUsedUp?: ((key: string, range: SegmentRange) => void) | undefined;
  gate?: KeyGate | undefined;
}

/** What this node holds and gave of one key. */
export interface SegmentReport {
  readonly key: string;
  /** Ids at hand. */
  readonly buffered: number;
  /** Since the key was asked for first. */
  readonly issued: number;
  /** The measured rate. */
  readonly idsPerSecond: number;
}

const MIN_BACKOFF_MS = 25;
const MAX_BACKOFF_MS = 200;
/** Callers who wait have the store asked several times in this. */
const STARVED_MEMORY_MS = 2_000;
/** Beyond it a caller is told at once to come back later. */
const MAX_WAITERS = 10_000;

/**
 * The double buffer of one key: a segment in use and the next one, fetched ahead by one fetch at a time.
 * Callers that find it empty queue, and are served in their order from what arrives. Where they wait for
 * more than both segments hold, fetches go on until all are served.
 */
export class SegmentBuffer {
  /** What an operator has laid down; a field, as a look-up by key would cost every id. */
  limit: KeyLimit | undefined;
  private readonly stock: SegmentStock;
  private readonly queue: WaitingQueue;
  private readonly fetcher: SegmentFetcher;
  private fetching: Promise<void> | undefined;
  private isClosed = false;
  /** Fetches that failed since the last that did not. */
  private failures = 0;
  private failedAtMs = 0;
  private lastError: unknown;
  private refusal: IdunError | undefined;
  private retryAtMs = 0;
  private retryArmed = false;

  constructor(
    private readonly key: string,
    private readonly options: SegmentOptions,
    private readonly deps: SegmentDependencies,
    /** Called when nobody needs this buffer: nothing to give, no caller, and no key that the store is known to have. */
    private readonly onAbandoned: (because: 'missing' | 'unknown') => void,
  ) {
    const { clock, scheduler } = deps;
    const { onUsedUp } = deps;
    const usedUp = onUsedUp && ((range: SegmentRange) => onUsedUp(key, range));
    this.stock = new SegmentStock(options.prefetchRatio, usedUp);
    this.fetcher = new SegmentFetcher(key, options, deps);
    this.queue = new WaitingQueue(options.deadlineMs, clock, scheduler, () => this.notReady());
  }

  get size(): number {
    return this.stock.size;
  }

  get isEmpty(): boolean {
    return this.stock.size === 0;
  }

  /** Empty, and the store failed to fill it just now. A key that nobody asks for any more soon counts no more. */
  get isStarved(): boolean {
    const sinceMs = this.deps.clock.monotonicMs() - this.failedAtMs;
    return this.isEmpty && this.failures > 0 && sinceMs < STARVED_MEMORY_MS;
  }

  /** For operators. */
  report(): SegmentReport {
    const { key, fetcher, stock } = this;
    const { totalIssued, idsPerSecond } = fetcher;
    return { key, buffered: stock.size, issued: totalIssued, idsPerSecond };
  }

  /** The next id, if one is at hand. @throws `KEY_SUSPENDED`, `RATE_LIMITED` */
  tryNext(): bigint | undefined {
    if (!this.mayTake(1)) return undefined;
    this.limit?.admit(1);
    const id = this.stock.next();
    this.used(1);
    return id;
  }

  /**
   * `count` ascending ids, waiting for them in the queue if need be.
   * @throws at the caller's deadline `SEGMENT_NOT_READY`, or `STORE_UNAVAILABLE` for a key that was never seen;
   * at once `KEY_NOT_FOUND`, `KEY_EXHAUSTED`, `KEY_SUSPENDED` or `RATE_LIMITED`
   */
  async take(count: number): Promise<bigint[]> {
    this.limit?.admit(count);
    if (this.mayTake(count)) return this.draw(count);
    if (this.isClosed) throw shuttingDown();
    if (this.refusal !== undefined && this.deps.clock.monotonicMs() < this.retryAtMs) {
      throw this.refusal;
    }
    if (this.queue.length >= MAX_WAITERS) throw this.notReady();
    const ids = this.queue.wait(count);
    this.fetchIfNeeded();
    return ids;
  }

  /** Gives up what is at hand, for good, once a fetch under way has ended. Who waits, or comes later, is refused. */
  async drain(): Promise<Tail[]> {
    this.isClosed = true;
    this.queue.serveAny(() => 0, this.draw, shuttingDown());
    await this.fetching;
    return this.stock.drain();
  }

  /** While a fetch is under way the queue goes first; while the store fails, whoever can be served is. */
  private mayTake(count: number): boolean {
    return this.stock.size >= count && (this.queue.length === 0 || this.failures > 0);
  }

  private readonly draw = (count: number): bigint[] => {
    const ids = this.stock.take(count);
    this.used(count);
    return ids;
  };

  private used(count: number): void {
    this.fetcher.noteUsed(count);
    if (this.stock.isLow) this.fetchIfNeeded();
  }

  private fetchIfNeeded(): void {
    if (this.fetching || this.isClosed || !(this.stock.isLow || this.queue.length > 0)) return;
    const waitMs = this.retryAtMs - this.deps.clock.monotonicMs();
    if (waitMs <= 0) this.fetching = this.fetch();
    // Where nobody waits no timer is needed: the next caller asks again.
    else if (this.queue.length > 0) this.armRetry(waitMs);
  }

  private armRetry(waitMs: number): void {
    if (this.retryArmed) return;
    this.retryArmed = true;
    this.deps.scheduler.after(Math.ceil(waitMs), () => {
      this.retryArmed = false;
      this.fetchIfNeeded();
    });
  }

  private async fetch(): Promise<void> {
    try {
      const demand = Math.max(this.queue.demand - this.stock.size, 0);
      this.stock.add(await this.fetcher.fetch(demand));
      this.failures = 0;
      this.lastError = undefined;
      this.refusal = undefined;
      this.queue.serveInOrder(() => this.stock.size, this.draw);
    } catch (error) {
      this.failed(error);
    } finally {
      this.fetching = undefined;
    }
    // After a failure the next caller asks again, if nobody waits.
    if (this.queue.length === 0) return;
    // A store that answers in the same turn must not keep all others from theirs.
    await this.deps.scheduler.nextTurn();
    this.fetchIfNeeded();
  }

  private failed(error: unknown): void {
    const nowMs = this.deps.clock.monotonicMs();
    if (isRefusal(error)) {
      if (error.code === 'KEY_NOT_FOUND') this.fetcher.forgetKey();
      this.failures = 0;
      this.refusal = error;
      this.retryAtMs = nowMs + this.options.negativeCacheMs;
    } else {
      const backoffMs = Math.min(MIN_BACKOFF_MS * 2 ** this.failures++, MAX_BACKOFF_MS);
      this.failedAtMs = nowMs;
      this.lastError = error;
      this.refusal = undefined;
      this.retryAtMs = nowMs + backoffMs * (0.5 + this.deps.random() / 2);
      this.deps.onFetchFailed(this.key, error);
    }
    this.queue.serveAny(() => this.stock.size, this.draw, this.refusal);
    if (this.isEmpty && !this.fetcher.knowsKey && this.queue.length === 0) {
      this.onAbandoned(this.refusal === undefined ? 'unknown' : 'missing');
    }
  }

  private notReady(): IdunError {
    return this.fetcher.knowsKey
      ? segmentNotReady(this.key, 1_000, this.lastError)
      : storeUnavailable(this.lastError);
  }
}

/** The store's certain answer that this key gives no more ids, as opposed to no answer. */
function isRefusal(error: unknown): error is IdunError {
  return error instanceof IdunError && error.code !== 'STORE_UNAVAILABLE';
}
