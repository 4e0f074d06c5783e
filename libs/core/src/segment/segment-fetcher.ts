import type { Clock } from '../clock.js';
import { keyNotFound, storeUnavailable } from '../errors.js';
import type { KeyRecord, SegmentRange, SegmentStore } from './segment-store.port.js';
import { StepPolicy, type StepPolicyOptions } from './step-policy.js';

export interface FetchOptions extends StepPolicyOptions {
  /** How long one fetch may take: less than a caller's deadline, so that the caller outlasts a lost one. */
  fetchDeadlineMs: number;
}

export interface FetchDependencies {
  store: SegmentStore;
  clock: Clock;
}

/** An operator may change the step of a key, so it is read again; at most so often. */
const RECORD_TTL_MS = 10_000;
/** With less of its time left a fetch would most likely burn a range. */
const MIN_TIME_RATIO = 0.25;

/** Fetches the segments of one key, one after the other. */
export class SegmentFetcher {
  private readonly policy: StepPolicy;
  private record: KeyRecord | undefined;
  private recordReadAtMs = 0;
  private fetchedUntil = 0n;

  constructor(
    private readonly key: string,
    private readonly options: FetchOptions,
    private readonly deps: FetchDependencies,
  ) {
    this.policy = new StepPolicy(options, deps.clock);
  }

  /** Whether the store is known to have this key. */
  get knowsKey(): boolean {
    return this.record !== undefined;
  }

  get totalIssued(): number {
    return this.policy.totalIssued;
  }

  get idsPerSecond(): number {
    return this.policy.idsPerSecond;
  }

  forgetKey(): void {
    this.record = undefined;
  }

  /** Counts ids given out, from which the next size follows; on the path of each id. */
  noteUsed(count: number): void {
    this.policy.record(count);
  }

  /**
   * The next segment; `demand` is the number of ids that callers wait for now.
   * @throws `KEY_NOT_FOUND`, `KEY_EXHAUSTED`, `STORE_UNAVAILABLE`
   */
  async fetch(demand: number): Promise<SegmentRange> {
    const { store, clock } = this.deps;
    const { fetchDeadlineMs } = this.options;
    const startMs = clock.monotonicMs();
    const { step } = await this.readRecord(startMs);
    const leftMs = fetchDeadlineMs - (clock.monotonicMs() - startMs);
    if (leftMs < fetchDeadlineMs * MIN_TIME_RATIO) throw storeUnavailable();
    const range = await store.allocate(this.key, this.policy.nextSize(step, demand), leftMs);
    // Fetches follow one another, so their ranges only ever rise.
    if (range.start < this.fetchedUntil) {
      throw storeUnavailable(new Error(`the store gave ids from ${range.start} on a second time`));
    }
    this.fetchedUntil = range.end;
    return range;
  }

  private async readRecord(nowMs: number): Promise<KeyRecord> {
    if (this.record === undefined || nowMs - this.recordReadAtMs >= RECORD_TTL_MS) {
      this.record = await this.deps.store.find(this.key, this.options.fetchDeadlineMs);
      this.recordReadAtMs = nowMs;
    }
    if (this.record === undefined) throw keyNotFound(this.key);
    return this.record;
  }
}
