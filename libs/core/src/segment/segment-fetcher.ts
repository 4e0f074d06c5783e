import { IdunError } from '#contracts';
import type { Clock } from '../clock.js';
import { keyNotFound, storeUnavailable } from '../errors.js';
import { TimeLimit } from '../time-limit.js';
import type { RangeGuard } from '../witness/range-guard.js';
import { isAdmitted } from '../witness/verdict.js';
import type { AdmittedRange } from './segment-stock.js';
import type {
  Allocation,
  FreeRangeOrder,
  FreeRangeStore,
  KeyRecord,
  SegmentStore,
} from './segment-store.port.js';
import { StepPolicy, type StepPolicyOptions } from './step-policy.js';

export interface FetchOptions extends StepPolicyOptions {
  /** How long one fetch may take: less than a caller's deadline, so that the caller outlasts a lost one. */
  fetchDeadlineMs: number;
}

export interface FetchDependencies {
  store: SegmentStore & FreeRangeStore;
  guard: RangeGuard;
  clock: Clock;
}

/** An operator may change the step of a key, so it is read again; at most so often. */
const RECORD_TTL_MS = 10_000;
/** With less of its time left a fetch would most likely burn a range. */
const MIN_TIME_RATIO = 0.25;
/** A range that may not be handed out is seldom followed by another one. */
const MAX_ATTEMPTS = 4;

/** Fetches the segments of one key, one after the other. */
export class SegmentFetcher {
  private readonly policy: StepPolicy;
  private record: KeyRecord | undefined;
  private recordReadAtMs = 0;
  /** Everything below was given to this process, or was not for it. */
  private floor = 0n;

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
   * @throws `KEY_NOT_FOUND`, `KEY_EXHAUSTED`, `STORE_UNAVAILABLE`, `STORE_REWOUND`
   */
  async fetch(demand: number): Promise<AdmittedRange> {
    const limit = new TimeLimit(this.options.fetchDeadlineMs, this.deps.clock, MIN_TIME_RATIO);
    const { guard } = this.deps;
    const record = await this.readRecord(limit, guard.needsOpening(this.key));
    if (guard.needsOpening(this.key)) await guard.open(this.key, record.maxId, limit.leftMs());
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      // oxlint-disable-next-line no-await-in-loop -- another one only where one may not be handed out
      const range = await this.fetchOne(record.step, demand, limit);
      if (range) return range;
    }
    throw storeUnavailable(new Error(`${MAX_ATTEMPTS} ranges in a row may not be handed out`));
  }

  /** Undefined for a range that may not be handed out. Each is above all before it. */
  private async fetchOne(
    step: number,
    demand: number,
    limit: TimeLimit,
  ): Promise<AdmittedRange | undefined> {
    const { guard } = this.deps;
    const { key, floor } = this;
    const asked = guard.ask(key);
    const { range, isFree } = await this.take({ floor, ...this.policy.next(step, demand) }, limit);
    const given = { asked, floor, isFree };
    const verdict = await guard.judge(key, range, given, limit.leftMs());
    if (isAdmitted(verdict)) {
      this.floor = range.end;
      return { ...range, claim: verdict.claim };
    }
    if (verdict !== 'drop') await guard.rewound(key, range, verdict, asked, limit.leftMs());
    return undefined;
  }

  private async take(
    order: FreeRangeOrder,
    limit: TimeLimit,
  ): Promise<{ range: Allocation; isFree: boolean }> {
    const { store } = this.deps;
    const free = await store.takeFree(this.key, order, limit.leftMs());
    if (free) return { range: free, isFree: true };
    try {
      const range = await store.allocate(this.key, order.size, limit.leftMs());
      return { range, isFree: false };
    } catch (error) {
      if (!isExhausted(error)) throw error;
      // What was too small is all there is.
      const last = await store.takeFree(this.key, { ...order, least: 1 }, limit.leftMs());
      if (!last) throw error;
      return { range: last, isFree: true };
    }
  }

  private async readRecord(limit: TimeLimit, isFresh: boolean): Promise<KeyRecord> {
    const nowMs = this.deps.clock.monotonicMs();
    const isOld = nowMs - this.recordReadAtMs >= RECORD_TTL_MS;
    if (this.record === undefined || isFresh || isOld) {
      this.record = await this.deps.store.find(this.key, limit.leftMs());
      this.recordReadAtMs = nowMs;
    }
    if (this.record === undefined) throw keyNotFound(this.key);
    return this.record;
  }
}

function isExhausted(error: unknown): boolean {
  return error instanceof IdunError && error.code === 'KEY_EXHAUSTED';
}
