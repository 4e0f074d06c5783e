import { expect, it } from 'vitest';
import type { WorkerEntry } from '#core';
import { workerReport } from './worker-report.js';

const NOW = Date.UTC(2026, 0, 1);
const terms = { firstWorkerId: 1, lastWorkerId: 4, leaseTtlMs: 10_000, graceMs: 2_000 };

const entry = (workerId: number, more: Partial<WorkerEntry> = {}): WorkerEntry => ({
  workerId,
  instance: `10.0.0.${workerId}:8080`,
  owner: 'secret',
  version: 3,
  reservedUntilMs: NOW + 10_000,
  lastTimestampMs: NOW - 1,
  released: false,
  registeredAtMs: NOW - 60_000,
  renewedAtMs: NOW - 11_999,
  ...more,
});

it('tells who holds which id, what may be taken over and what is free', () => {
  const workers = [
    entry(0),
    entry(1),
    entry(2, { renewedAtMs: NOW - 12_000 }),
    entry(3, { released: true, reservedUntilMs: 0, lastTimestampMs: 0 }),
    entry(5),
  ];
  const report = workerReport({ storeMs: NOW, workers }, terms);
  expect(report).toMatchObject({ held: 1, recyclable: 1, free: 2 });
  expect(report.workers.map(({ workerId, state }) => [workerId, state])).toEqual([
    [1, 'held'],
    [2, 'recyclable'],
    [3, 'free'],
  ]);
  expect(report.workers[0]).toEqual({
    workerId: 1,
    state: 'held',
    instance: '10.0.0.1:8080',
    since: '2025-12-31T23:59:00.000Z',
    lastHeartbeat: '2025-12-31T23:59:48.001Z',
    reservedUntil: '2026-01-01T00:00:10.000Z',
    lastTimestamp: '2025-12-31T23:59:59.999Z',
  });
  expect(report.workers[2]).toMatchObject({ reservedUntil: null, lastTimestamp: null });
});
