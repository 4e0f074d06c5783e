import { beforeEach, expect, it } from 'vitest';
import { FakeClock, MemoryAuditedWorkers, type MemoryWorkerTable } from '#testing';
import type { WorkerRecord } from '../worker-lease/worker-record-store.port.js';
import { WorkerReset } from './worker-reset.js';

const NOW = 1_700_000_000_000;
const HOUR_MS = 3_600_000;
const terms = { firstWorkerId: 0, lastWorkerId: 3, leaseTtlMs: 10_000, graceMs: 2_000 };
const request = { workerId: 0, owner: 'operator', lowerReservation: false, timeoutMs: 1_000 };

let table: MemoryWorkerTable;
let storeMs: number;
let store: MemoryAuditedWorkers;
let clock: FakeClock;
let watched: number[];

beforeEach(() => {
  clock = new FakeClock();
  storeMs = NOW;
  table = { rows: new Map(), clock: { wallMs: () => storeMs } };
  store = new MemoryAuditedWorkers(table);
  watched = [];
});

const wild: WorkerRecord = {
  workerId: 0,
  instance: 'wild',
  owner: 'wild#1',
  version: 1,
  reservedUntilMs: NOW + HOUR_MS + 10_000,
  lastTimestampMs: NOW + HOUR_MS,
  released: false,
};

/** Written while the clock of the store was so far off. */
async function written(offMs: number): Promise<void> {
  storeMs = NOW + offMs;
  await store.within(1_000, (records) => records.insert(wild));
  storeMs = NOW;
}

const reset = () =>
  new WorkerReset(terms, { store, scheduler: clock, onWatch: (forMs) => void watched.push(forMs) });

it('counts the silence of a holder by the clock of the store', async () => {
  await written(-11_999);
  await expect(reset().plan(request)).rejects.toThrow(
    'Worker id 0 is held by wild: stop that node first. If it was killed, try again 12 s after its end.',
  );
  storeMs = NOW + 1;
  expect(await reset().plan(request)).toMatchObject({ storeMs, before: wild });
  expect(watched).toEqual([]);
});

it('watches a record that was written in the future, for the lease time and the grace', async () => {
  await written(HOUR_MS);
  let isSettled = false;
  const planned = reset()
    .plan(request)
    .finally(() => (isSettled = true));
  await clock.advance(11_999);
  expect(isSettled).toBe(false);
  expect(watched).toEqual([12_000]);
  await clock.advance(1);
  expect(await planned).toMatchObject({ after: { lastTimestampMs: NOW, released: true } });
});

it('finds a holder by what it writes meanwhile', async () => {
  await written(HOUR_MS);
  const refused = reset()
    .plan(request)
    .catch((error: unknown) => error);
  await clock.advance(5_000);
  table.rows.set(0, { ...wild, version: 2 });
  await clock.advance(7_000);
  expect(String(await refused)).toMatch(/held by wild/);
});

it('does not watch what was given back', async () => {
  await written(HOUR_MS);
  table.rows.set(0, { ...wild, released: true });
  expect(await reset().plan(request)).toMatchObject({ after: { version: 2, owner: 'operator' } });
  expect(watched).toEqual([]);
});
