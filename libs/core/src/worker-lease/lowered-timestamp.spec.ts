import { expect, it } from 'vitest';
import { FakeClock, MemoryWorkerLeaseStore, type MemoryWorkerTable } from '#testing';
import { parseLayout } from '../snowflake/layout.js';
import { SnowflakeGenerator } from '../snowflake/snowflake-generator.js';
import { WorkerLease } from './worker-lease.js';

const TTL_MS = 10_000;
const HOUR_MS = 3_600_000;

it('keeps a node from giving ids until an operator has lowered it, and no longer', async () => {
  const clock = new FakeClock();
  const table: MemoryWorkerTable = { rows: new Map(), clock };
  const record = (lastTimestampMs: number) =>
    table.rows.set(0, {
      workerId: 0,
      instance: 'wild',
      owner: 'wild#1',
      version: 1,
      reservedUntilMs: clock.wallMs() + HOUR_MS,
      lastTimestampMs,
      released: true,
    });
  const terms = { firstWorkerId: 0, lastWorkerId: 3, leaseTtlMs: TTL_MS, graceMs: 1_000 };
  const store = new MemoryWorkerLeaseStore(table, { ...terms, maxAheadMs: 10_000, clock });
  const time = { clock, scheduler: clock, random: () => 0 };
  const lease = new WorkerLease(
    { owner: 'tame#1', ttlMs: TTL_MS, timeoutMs: 1_000 },
    { store, ...time, onChange: () => undefined },
  );
  const ids = new SnowflakeGenerator(
    { layout: parseLayout('41-10-12'), epochMs: 0, clockToleranceMs: 2_000 },
    { workerIds: lease, ...time },
  );

  record(clock.wallMs() + HOUR_MS);
  lease.start('tame');
  await clock.advance(60_000);
  expect(lease.held().workerId).toBe(1);
  expect(() => ids.tryNext()).toThrow(expect.objectContaining({ code: 'CLOCK_BACKWARDS' }));

  record(clock.wallMs());
  await clock.advance(TTL_MS);
  expect(await ids.take(1)).toHaveLength(1);

  // As before, a node that runs is not stopped by what others write.
  record(clock.wallMs() + HOUR_MS);
  await clock.advance(TTL_MS);
  expect(await ids.take(1)).toHaveLength(1);
});
