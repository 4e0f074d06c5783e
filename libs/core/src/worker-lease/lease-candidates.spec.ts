import { expect, it } from 'vitest';
import { leaseCandidates } from './lease-candidates.js';
import { LeaseWatch } from './lease-watch.js';
import type { WorkerRecord } from './worker-record-store.port.js';

const record = (workerId: number, more: Partial<WorkerRecord> = {}): WorkerRecord => ({
  workerId,
  instance: `i${workerId}`,
  owner: `o${workerId}`,
  version: 1,
  reservedUntilMs: 0,
  lastTimestampMs: 0,
  released: false,
  ...more,
});

it('offers own record, own released, free from the lowest on, dead of the same instance, other dead', () => {
  const records = [
    record(9),
    record(8, { owner: 'me' }),
    record(7, { released: true, instance: 'mine' }),
    record(5, { instance: 'mine' }),
    record(4),
    record(3),
    record(1, { released: true }),
  ];
  const found = leaseCandidates({
    records,
    firstWorkerId: 0,
    lastWorkerId: 8,
    instance: 'mine',
    owner: 'me',
    isDead: ({ workerId }) => workerId !== 3,
    wallMs: 1_000,
    maxAheadMs: 100,
  });
  expect([...found].map(({ workerId }) => workerId)).toEqual([8, 7, 0, 1, 2, 6, 5, 4]);
});

it('offers what is reserved far ahead of the clock only where there is no other id', () => {
  const wild = { reservedUntilMs: 1_101 };
  const records = [
    record(0, { released: true, ...wild }),
    record(1, { released: true, reservedUntilMs: 1_100 }),
    record(2, { owner: 'me', ...wild }),
    record(3, { released: true, instance: 'mine', ...wild }),
    record(4),
  ];
  const asker = { instance: 'mine', owner: 'me', wallMs: 1_000, maxAheadMs: 100 };
  const offered = (firstWorkerId: number, lastWorkerId: number) => {
    const query = { ...asker, records, firstWorkerId, lastWorkerId, isDead: () => true };
    return [...leaseCandidates(query)].map(({ workerId }) => workerId);
  };
  expect(offered(0, 5)).toEqual([1, 5, 4]);
  expect(offered(2, 3)).toEqual([]);
  expect(offered(2, 2)).toEqual([2]);
});

it('does not walk the whole range to find the first', () => {
  const found = leaseCandidates({
    records: [],
    firstWorkerId: 0,
    lastWorkerId: Number.MAX_SAFE_INTEGER,
    instance: 'a',
    owner: 'b',
    isDead: () => false,
    wallMs: 1_000,
    maxAheadMs: 100,
  });
  expect(found.next().value).toEqual({ workerId: 0, record: undefined });
});

it('calls a lease dead only for the version that it watched', () => {
  const watch = new LeaseWatch(100);
  expect(watch.isDead(record(1), 1_000)).toBe(false);
  watch.look([record(1)], 1_000);
  watch.look([record(1)], 1_050);
  expect(watch.isDead(record(1), 1_099)).toBe(false);
  expect(watch.isDead(record(1), 1_100)).toBe(true);
  expect(watch.isDead(record(1, { version: 2 }), 1_100)).toBe(false);
  expect(watch.isDead(record(1, { owner: 'other' }), 1_100)).toBe(false);
  watch.look([record(1, { released: true })], 1_100);
  watch.look([record(1)], 1_110);
  expect(watch.isDead(record(1), 1_200)).toBe(false);
});
