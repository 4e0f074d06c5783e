import { SegmentGenerator, type SegmentOptions, type Witness } from '#core';
import { FakeClock } from './fake-clock.js';
import { memoryGuard } from './memory-guard.js';
import { MemorySegmentStore } from './memory-segment-store.js';

const OPTIONS: SegmentOptions = {
  adaptive: false,
  prefetchRatio: 0.5,
  targetSeconds: 600,
  maxStep: 1_000_000,
  deadlineMs: 2_000,
  fetchDeadlineMs: 700,
  negativeCacheMs: 500,
};

export interface Outcome<T> {
  value?: T;
  code?: string;
  settledAtMs?: number;
}

/** The segment generator over a store in memory that has the key `order` with step 10, on simulated time. */
export function segmentSetup() {
  const clock = new FakeClock();
  const store = new MemorySegmentStore(clock);
  store.put('order', { step: 10 });
  return {
    clock,
    store,
    /** A node of its own at each call. */
    generator: (options: Partial<SegmentOptions> = {}, witness?: Witness) =>
      new SegmentGenerator(
        { ...OPTIONS, ...options },
        {
          store,
          guard: memoryGuard({ store, clock, ...(witness && { witness }) }),
          clock,
          scheduler: clock,
          random: () => 0.5,
          onFetchFailed: () => undefined,
        },
      ),
    /** How a call ends, to be looked at as time is moved. */
    outcome: <T>(call: Promise<T>): Outcome<T> => {
      const seen: Outcome<T> = {};
      call.then(
        (value) => Object.assign(seen, { value, settledAtMs: clock.monotonicMs() }),
        (error: { code: string }) =>
          Object.assign(seen, { code: error.code, settledAtMs: clock.monotonicMs() }),
      );
      return seen;
    },
  };
}

/** `count` ids by single calls, one after the other. */
export async function takeSingly(ids: SegmentGenerator, count: number, key = 'order') {
  const all: string[] = [];
  // oxlint-disable-next-line no-await-in-loop -- a caller's sequence
  for (let i = 0; i < count; i++) all.push(await ids.getSegmentId(key));
  return all;
}
