import {
  CLAIM_WINDOW_MS,
  claimRange,
  coverRange,
  KeyNotOpened,
  newWitnessState,
  releaseRange,
  storeUnavailable,
  systemClock,
  systemScheduler,
  type Claim,
  type Clock,
  type Scheduler,
  type SegmentRange,
  type Witness,
  type WitnessState,
  type WitnessStep,
  type WitnessTime,
} from '#core';
import { StoreFaults } from './store-faults.js';

export interface MemoryWitnessOptions {
  /** The witness's own. */
  clock?: Pick<Clock, 'wallMs'>;
  windowMs?: number;
  scheduler?: Scheduler;
}

/** The witness's twin in memory: all nodes of a test share one. Each call is one step. */
export class MemoryWitness implements Witness {
  readonly faults: StoreFaults;
  private readonly states = new Map<string, WitnessState>();

  constructor(private readonly options: MemoryWitnessOptions = {}) {
    this.faults = new StoreFaults(options.scheduler ?? systemScheduler);
  }

  open(key: string, maxId: bigint, timeoutMs: number): Promise<void> {
    return this.faults.around(timeoutMs, () => {
      if (!this.states.has(key)) this.states.set(key, newWitnessState(maxId));
    });
  }

  claim(
    key: string,
    range: SegmentRange,
    epoch: bigint | undefined,
    timeoutMs: number,
  ): Promise<Claim> {
    return this.change(key, timeoutMs, (state, time) => claimRange(state, range, epoch, time));
  }

  release(key: string, range: SegmentRange, claim: bigint, timeoutMs: number): Promise<boolean> {
    return this.change(key, timeoutMs, (state) => releaseRange(state, range, claim));
  }

  cover(key: string, range: SegmentRange, timeoutMs: number): Promise<void> {
    return this.change(key, timeoutMs, (state, time) => coverRange(state, range, time));
  }

  /** What is known of a key, for tests to look at. */
  state(key: string): WitnessState | undefined {
    return this.states.get(key);
  }

  /** As if an operator had removed it. */
  remove(key: string): void {
    this.states.delete(key);
  }

  private change<T>(
    key: string,
    timeoutMs: number,
    step: (state: WitnessState, time: WitnessTime) => WitnessStep<T> | undefined,
  ): Promise<T> {
    const { clock = systemClock, windowMs = CLAIM_WINDOW_MS } = this.options;
    return this.faults.around(timeoutMs, () => {
      const before = this.states.get(key);
      if (!before) throw storeUnavailable(new KeyNotOpened(key));
      // With the time every step can be done.
      const { state, answer } = step(before, { nowMs: clock.wallMs(), windowMs })!;
      this.states.set(key, state);
      return answer;
    });
  }
}
