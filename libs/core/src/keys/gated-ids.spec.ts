import { beforeEach, expect, it } from 'vitest';
import { KeyGate, RangeLeases, SegmentGenerator, type KeyControl } from '#core';
import { FakeClock, memoryGuard, MemoryRangeLeaseStore, MemorySegmentStore } from '#testing';

const SUSPENDED: KeyControl = { suspended: true, ratePerSecond: undefined };

let clock: FakeClock;
let store: MemorySegmentStore;
let gate: KeyGate;
let ids: SegmentGenerator;
let leases: RangeLeases;

beforeEach(() => {
  clock = new FakeClock();
  store = new MemorySegmentStore(clock);
  store.put('order', { step: 100 });
  store.put('other', { step: 100 });
  gate = new KeyGate(clock);
  const guard = memoryGuard({ store, clock });
  ids = new SegmentGenerator(
    {
      adaptive: false,
      prefetchRatio: 0.5,
      targetSeconds: 600,
      maxStep: 1_000_000,
      deadlineMs: 2_000,
      fetchDeadlineMs: 700,
      negativeCacheMs: 500,
    },
    {
      store,
      clock,
      scheduler: clock,
      random: () => 0.5,
      onFetchFailed: () => undefined,
      guard,
      gate,
    },
  );
  leases = new RangeLeases(
    { maxSize: 1_000_000, deadlineMs: 2_000 },
    {
      store: new MemoryRangeLeaseStore(store),
      newLeaseId: () => 'l',
      onPruneFailed: () => undefined,
      keys: store,
      guard,
      clock,
      scheduler: clock,
      gate,
    },
  );
});

const lay = (controls: Record<string, KeyControl>, deleted: string[] = []) =>
  gate.apply({
    revision: 1n,
    controls: new Map(Object.entries(controls)),
    deleted: new Set(deleted),
  });

const suspended = expect.objectContaining({ code: 'KEY_SUSPENDED' });
const limited = { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) };

it('stops whatever gives ids of a suspended key, in memory or not, until it is resumed', async () => {
  await ids.getSegmentId('order');
  lay({ order: SUSPENDED, cold: SUSPENDED });
  expect(() => ids.trySegmentId('order')).toThrow(suspended);
  await expect(ids.getSegmentId('order')).rejects.toEqual(suspended);
  await expect(ids.getSegmentIds('order', 5)).rejects.toEqual(suspended);
  await expect(leases.leaseRange('order', 5)).rejects.toEqual(suspended);
  await expect(ids.getSegmentId('cold')).rejects.toEqual(suspended);
  expect(await ids.getSegmentId('other')).toBe('1');
  lay({});
  expect(await ids.getSegmentId('order')).toBe('2');
});

it('counts each id once against the rate, from memory or waited for, and leases by their size', async () => {
  lay({ order: { suspended: false, ratePerSecond: 10 } });
  expect(await ids.getSegmentId('order')).toBe('1');
  expect(ids.trySegmentId('order')).toBe('2');
  expect(await ids.getSegmentIds('order', 3)).toHaveLength(3);
  expect(() => ids.trySegmentId('order')).toThrow(expect.objectContaining(limited));
  await expect(leases.leaseRange('order', 1)).rejects.toMatchObject(limited);
  await clock.advance(500);
  await leases.leaseRange('order', 100);
  await clock.advance(9_000);
  await expect(ids.getSegmentId('order')).rejects.toMatchObject(limited);
  await clock.advance(1_000);
  expect(await ids.getSegmentId('order')).toBe('6');
});

it('forgets what it holds of a deleted key, and holds the ids of one that is made anew', async () => {
  await ids.getSegmentId('order');
  expect(ids.bufferedIds('order')).toBe(99);
  store.remove('order');
  lay({}, ['order']);
  expect(ids.bufferedIds('order')).toBe(0);
  await expect(ids.getSegmentId('order')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
  store.put('order', { maxId: 500n });
  lay({});
  await clock.advance(500);
  expect(await ids.getSegmentId('order')).toBe('500');
});

it('does not let the late end of a forgotten fetch take away what was fetched since', async () => {
  store.faults.delayMs = 50;
  const early = ids.getSegmentId('order').catch((error: unknown) => error);
  lay({}, ['order']);
  store.faults.delayMs = 0;
  expect(await ids.getSegmentId('order')).toBe('1');
  store.remove('order');
  await clock.advance(50);
  expect(await early).toMatchObject({ code: 'KEY_NOT_FOUND' });
  expect(ids.bufferedIds('order')).toBe(99);
});
