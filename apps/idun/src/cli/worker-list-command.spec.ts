import { expect, it } from 'vitest';
import { workerReport } from '../admin/worker-report.js';
import { text } from './worker-list-command.js';

const NOW = Date.UTC(2026, 0, 1);
const terms = { firstWorkerId: 0, lastWorkerId: 1_023, leaseTtlMs: 10_000, graceMs: 2_000 };
const holder = {
  workerId: 7,
  instance: 'order-service-in-the-second-zone.example.org:8080',
  owner: 'secret',
  version: 3,
  reservedUntilMs: NOW + 9_000,
  lastTimestampMs: 0,
  released: false,
  registeredAtMs: NOW - 7_300_000,
  renewedAtMs: NOW - 1_000,
};
const lines = (workers: (typeof holder & { zone?: string })[], maxWidth?: number) =>
  text(workerReport({ storeMs: NOW, workers }, terms), NOW, maxWidth).split('\n');

it('is a table with ages by the clock of the store, and the counts', () => {
  expect(lines([{ ...holder, instance: 'a:8080' }])).toEqual([
    'ID  STATE  INSTANCE  SINCE    HEARTBEAT  RESERVED  LAST ID',
    ' 7  held   a:8080    2 h ago  1 s ago    in 9 s    -',
    '',
    'Worker ids 0 to 1023: 1 held, 1023 free, 0 recyclable.',
  ]);
});

it.each([80, 100, 120])('fits into a terminal of %d columns', (columns) => {
  const table = lines([{ ...holder, zone: 'east' }, holder], columns).slice(0, 3);
  expect(table[0]).toMatch(/ZONE$/);
  for (const line of table) expect(line.length).toBeLessThanOrEqual(columns);
});

it('says so where no id was ever registered', () => {
  expect(lines([])).toEqual([
    'Worker ids 0 to 1023: 0 held, 1024 free, 0 recyclable.',
    'None was ever registered.',
  ]);
});
