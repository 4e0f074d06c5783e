import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, MemorySegmentStore } from '#testing';
import type { SegmentOptions } from './segment-buffer.js';
import { SegmentGenerator } from './segment-generator.js';

const OPTIONS: SegmentOptions = {
  adaptive: false,
  prefetchRatio: 0.5,
  targetSeconds: 600,
  maxStep: 1_000_000,
  deadlineMs: 2_000,
  fetchDeadlineMs: 700,
  negativeCacheMs: 500,
};

let clock: FakeClock;
let store: MemorySegmentStore;

function generator(options: Partial<SegmentOptions> = {}): SegmentGenerator {
  return new SegmentGenerator(
    { ...OPTIONS, ...options },
    { store, clock, scheduler: clock, random: () => 0.5, onFetchFailed: () => undefined },
  );
}

beforeEach(() => {
  clock = new FakeClock();
  store = new MemorySegmentStore(clock);
  store.put('order', { step: 10 });
});

/** Collects how a call ends, so that time can be moved before it has. */
function outcome<T>(call: Promise<T>): { value?: T; code?: string; settledAtMs?: number } {
  const seen: { value?: T; code?: string; settledAtMs?: number } = {};
  call.then(
    (value) => Object.assign(seen, { value, settledAtMs: clock.monotonicMs() }),
    (error: { code?: string; message: string }) =>
      Object.assign(seen, { code: error.code ?? error.message, settledAtMs: clock.monotonicMs() }),
  );
  return seen;
}

const take = async (ids: SegmentGenerator, count: number, key = 'order') => {
  const all: string[] = [];
  // oxlint-disable-next-line no-await-in-loop -- single calls, one after the other
  for (let i = 0; i < count; i++) all.push(await ids.getSegmentId(key));
  return all;
};

describe('giving ids', () => {
  it('starts at 1 and counts on across segments', async () => {
    const ids = await take(generator(), 35);
    expect(ids).toEqual(Array.from({ length: 35 }, (_, i) => String(i + 1)));
  });

  it('gives many at once, ascending, across segments', async () => {
    const ids = generator();
    expect(await ids.getSegmentIds('order', 3)).toEqual(['1', '2', '3']);
    const many = (await ids.getSegmentIds('order', 10_000)).map(BigInt);
    expect(many).toHaveLength(10_000);
    expect(many.every((id, i) => i === 0 || id > many[i - 1]!)).toBe(true);
    expect(many[0]).toBe(4n);
  });

  it('serves a burst on a cold key: 64 callers x 1,000 ids at step 10', async () => {
    store.faults.delayMs = 1;
    const ids = generator();
    const callers = Promise.all(Array.from({ length: 64 }, () => take(ids, 1_000)));
    let done = false;
    void callers.finally(() => (done = true));
    // oxlint-disable-next-line no-await-in-loop -- time moves step by step
    while (!done) await clock.advance(1);
    const all = await callers;
    expect(new Set(all.flat()).size).toBe(64_000);
    for (const each of all) {
      expect(each.every((id, i) => i === 0 || BigInt(id) > BigInt(each[i - 1]!))).toBe(true);
    }
  });

  it('serves waiters in the order in which they came', async () => {
    store.faults.delayMs = 5;
    const ids = generator();
    const calls = [7, 1, 12, 3].map((count) => ids.getSegmentIds('order', count));
    await clock.advance(50);
    const firsts = (await Promise.all(calls)).map((each) => Number(each[0]));
    expect(firsts).toEqual([1, 8, 9, 21]);
  });

  it('fetches in whole steps as many as callers wait for, in one fetch', async () => {
    await generator().getSegmentIds('order', 42);
    expect(store.allocations('order')[0]).toMatchObject({ size: 50 });
  });

  it('refuses bad keys and counts without asking the store', async () => {
    const ids = generator();
    await expect(ids.getSegmentId('')).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await expect(ids.getSegmentIds('order', 0)).rejects.toMatchObject({ code: 'COUNT_INVALID' });
    expect(store.calls).toEqual([]);
  });

  it('gives out a short last segment before the space is exhausted', async () => {
    store.put('last', { maxId: 2n ** 63n - 4n, step: 10 });
    const ids = generator();
    expect(await take(ids, 3, 'last')).toEqual([
      '9223372036854775804',
      '9223372036854775805',
      '9223372036854775806',
    ]);
    await expect(ids.getSegmentId('last')).rejects.toMatchObject({ code: 'KEY_EXHAUSTED' });
  });
});

describe('fetching ahead', () => {
  it('fetches the next segment once the configured part is used, and only once', async () => {
    const ids = generator();
    await take(ids, 4);
    expect(store.allocations()).toHaveLength(1);
    store.faults.delayMs = 1_000;
    await take(ids, 6);
    expect(store.allocations()).toHaveLength(2);
  });

  it('reads a step again that an operator changed', async () => {
    const ids = generator();
    await take(ids, 1);
    store.put('order', { maxId: store.maxId('order'), step: 100 });
    await clock.advance(10_000);
    await take(ids, 9);
    expect(store.allocations().at(-1)).toMatchObject({ size: 100 });
  });
});

describe('while the store is down', () => {
  it('goes on serving what it has, then refuses within the deadline, then recovers', async () => {
    const ids = generator();
    await take(ids, 5);
    await clock.flush();
    store.faults.down = true;
    expect(await take(ids, 15)).toHaveLength(15);

    const late = outcome(ids.getSegmentId('order'));
    const startMs = clock.monotonicMs();
    await clock.advance(1_999);
    expect(late).toEqual({});
    await clock.advance(1);
    expect(late.code).toBe('SEGMENT_NOT_READY');
    expect(late.settledAtMs! - startMs).toBeLessThanOrEqual(2_000);

    const waiting = outcome(ids.getSegmentId('order'));
    await clock.advance(1_000);
    store.faults.down = false;
    await clock.advance(200);
    expect(waiting.value).toBe('21');
  });

  it('burns a range whose outcome is unknown rather than give it twice', async () => {
    const ids = generator();
    await take(ids, 4);
    store.faults.loseReplyNext();
    const seen = outcome(ids.getSegmentIds('order', 8));
    await clock.advance(100);
    expect(seen.value).toEqual(['5', '6', '7', '8', '9', '10', '21', '22']);
  });

  it('recovers within a second from a store that hung', async () => {
    const ids = generator();
    store.faults.hang();
    const late = outcome(ids.getSegmentId('order'));
    await clock.advance(1_500);
    store.faults.wake();
    const backAtMs = clock.monotonicMs();
    await clock.advance(500);
    expect(late.value).toBeDefined();
    expect(late.settledAtMs! - backAtMs).toBeLessThan(1_000);
  });

  it('does not let one key hold up another', async () => {
    store.put('warm', { step: 1_000 });
    const ids = generator();
    await take(ids, 1, 'warm');
    store.faults.down = true;
    const cold = outcome(ids.getSegmentId('order'));
    expect(await take(ids, 100, 'warm')).toHaveLength(100);
    await clock.advance(2_000);
    expect(cold.code).toBe('STORE_UNAVAILABLE');
  });

  it('lets small calls pass a large one that cannot be served', async () => {
    const ids = generator();
    await take(ids, 1);
    store.faults.down = true;
    const large = outcome(ids.getSegmentIds('order', 50));
    const small = outcome(ids.getSegmentId('order'));
    await clock.advance(100);
    expect(small.value).toBe('2');
    await clock.advance(2_000);
    expect(large.code).toBe('SEGMENT_NOT_READY');
    expect(await ids.getSegmentId('order')).toBe('3');
  });

  it('serves from what it has while a larger call waits and the store fails', async () => {
    const ids = generator();
    await take(ids, 1);
    store.faults.down = true;
    const large = outcome(ids.getSegmentIds('order', 50));
    await clock.advance(100);
    const small = outcome(ids.getSegmentId('order'));
    await clock.flush();
    expect(small.value).toBe('2');
    await clock.advance(2_000);
    expect(large.code).toBe('SEGMENT_NOT_READY');
  });

  it('refuses at once when ten thousand callers wait already', async () => {
    const ids = generator();
    store.faults.hang();
    const waiting = Array.from({ length: 10_000 }, () => outcome(ids.getSegmentId('order')));
    const late = outcome(ids.getSegmentId('order'));
    await clock.flush();
    expect(late.code).toBe('STORE_UNAVAILABLE');
    expect(waiting[0]).toEqual({});
    await clock.advance(2_000);
    expect(waiting.every(({ code }) => code === 'STORE_UNAVAILABLE')).toBe(true);
  });

  it('refuses a range that the store gave before', async () => {
    const ids = generator();
    await take(ids, 10);
    store.put('order', { maxId: 1n, step: 10 });
    const seen = outcome(ids.getSegmentIds('order', 12));
    await clock.advance(1_500);
    expect(seen.value?.map(Number)).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]);
  });

  it('loses nothing to a caller that could not wait', async () => {
    const ids = generator();
    await take(ids, 1);
    store.faults.down = true;
    const large = outcome(ids.getSegmentIds('order', 50));
    await clock.advance(2_000);
    expect(large.code).toBe('SEGMENT_NOT_READY');
    expect(await take(ids, 9)).toEqual(['2', '3', '4', '5', '6', '7', '8', '9', '10']);
  });

  it('asks the store no more than a few times a second', async () => {
    const ids = generator();
    store.faults.down = true;
    const callers = Array.from({ length: 100 }, () => outcome(ids.getSegmentId('order')));
    await clock.advance(2_000);
    expect(callers.every(({ code }) => code === 'STORE_UNAVAILABLE')).toBe(true);
    expect(store.calls.length).toBeLessThan(25);
  });

  it('forgets a key that it never saw', async () => {
    const ids = generator();
    store.faults.down = true;
    const late = outcome(ids.getSegmentId('nobody'));
    await clock.advance(3_000);
    expect(late.code).toBe('STORE_UNAVAILABLE');
    expect(clock.pendingTasks).toBe(0);
    store.faults.down = false;
    expect(await ids.readiness()).toEqual({ status: 'up' });
  });
});

describe('a key that does not exist', () => {
  it('costs one read per interval, whoever asks', async () => {
    const ids = generator();
    const ask = () =>
      expect(ids.getSegmentId('nobody')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
    await Promise.all(Array.from({ length: 50 }, ask));
    await clock.advance(499);
    await ask();
    expect(store.calls).toHaveLength(1);
    await clock.advance(1);
    await ask();
    expect(store.calls).toHaveLength(2);
    expect(store.allocations()).toEqual([]);
  });

  it('is not asked for again by itself, however short the interval', async () => {
    const ids = generator({ negativeCacheMs: 0 });
    await expect(ids.getSegmentId('nobody')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
    await clock.advance(1_000);
    expect(store.calls).toHaveLength(1);
  });

  it('is seen within a second once it is inserted', async () => {
    const ids = generator();
    await expect(ids.getSegmentId('new')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
    store.put('new');
    await clock.advance(999);
    expect(await ids.getSegmentId('new')).toBe('1');
  });

  it('is told once what was at hand is used up after it was deleted', async () => {
    const ids = generator();
    await take(ids, 1);
    store.remove('order');
    await clock.advance(10_000);
    expect(await take(ids, 9)).toHaveLength(9);
    await expect(ids.getSegmentId('order')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
  });
});

describe('readiness', () => {
  it('is told by the store, and while it is away by what is at hand', async () => {
    const ids = generator();
    expect(await ids.readiness()).toEqual({ status: 'up' });
    store.faults.down = true;
    expect((await ids.readiness()).status).toBe('down');
    store.faults.down = false;
    await take(ids, 5);
    store.faults.down = true;
    expect((await ids.readiness()).status).toBe('degraded');
    const rest = outcome(ids.getSegmentIds('order', 15));
    await clock.flush();
    const late = outcome(ids.getSegmentId('order'));
    await clock.advance(10);
    expect(rest.value).toHaveLength(15);
    expect(await ids.readiness()).toMatchObject({
      status: 'down',
      reason: expect.stringMatching(/run dry/),
    });
    await clock.advance(2_000);
    expect(late.code).toBe('SEGMENT_NOT_READY');
  });

  it('comes back with the store, although nobody asks for the key that ran dry', async () => {
    const ids = generator();
    await take(ids, 1);
    store.faults.down = true;
    const late = outcome(ids.getSegmentIds('order', 20));
    await take(ids, 9);
    await clock.advance(2_000);
    expect(late.code).toBe('SEGMENT_NOT_READY');
    expect((await ids.readiness()).status).toBe('down');
    store.faults.down = false;
    await clock.advance(2_000);
    expect(await ids.readiness()).toEqual({ status: 'up' });
  });
});
