import { beforeEach, describe, expect, it } from 'vitest';
import { segmentSetup, takeSingly as take } from '#testing';

let { clock, store, generator, outcome } = segmentSetup();

beforeEach(() => {
  ({ clock, store, generator, outcome } = segmentSetup());
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
    // The first call is for a free range.
    store.faults.loseReplyNext(1, 1);
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

  it('refuses a range that the store gave before, and moves the key by a margin', async () => {
    const ids = generator();
    await take(ids, 10);
    store.put('order', { maxId: 1n, step: 10 });
    const seen = outcome(ids.getSegmentIds('order', 12));
    await clock.advance(1_500);
    expect(seen.value?.map(Number)).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 181, 182]);
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
