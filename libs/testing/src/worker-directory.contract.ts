import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock, WorkerRegistry, type WorkerDirectory, type WorkerRecordStore } from '#core';
import { TERMS } from './worker-lease-bench.js';

export interface WorkerDirectoryFixture {
  workers: WorkerRecordStore & WorkerDirectory;
  close(): Promise<void>;
}

const TIMEOUT_MS = 5_000;

/** What every list of workers tells operators. `factory` gives empty records each time. */
export function describeWorkerDirectory(
  name: string,
  factory: () => Promise<WorkerDirectoryFixture>,
): void {
  describe(`worker directory: ${name}`, () => {
    let fixture: WorkerDirectoryFixture;
    beforeEach(async () => void (fixture = await factory()));
    afterEach(() => fixture.close());

    const registry = () =>
      new WorkerRegistry(fixture.workers, { ...TERMS, lastWorkerId: 9, clock: systemClock });
    const acquire = (instance: string) => {
      const now = Date.now();
      const request = { instance, owner: `${instance}#1`, reserveUntilMs: now, wallMs: now };
      return registry().acquire({ ...request, timeoutMs: TIMEOUT_MS });
    };

    it('is empty at first', async () => {
      const { storeMs, workers } = await fixture.workers.list(TIMEOUT_MS);
      expect(workers).toEqual([]);
      expect(Math.abs(storeMs - Date.now())).toBeLessThan(5_000);
    });

    it('has every record, in order, with the times of its holder by the clock of the store', async () => {
      const first = await acquire('a');
      const second = await acquire('b');
      await delay(20);
      const wallMs = Date.now();
      const renewal = { reserveUntilMs: wallMs + 10_000, lastTimestampMs: wallMs - 5, wallMs };
      await registry().renew(first, { ...renewal, timeoutMs: TIMEOUT_MS });
      await registry().release(second, wallMs, TIMEOUT_MS);
      const { storeMs, workers } = await fixture.workers.list(TIMEOUT_MS);
      expect(workers).toMatchObject([
        {
          workerId: 0,
          instance: 'a',
          released: false,
          reservedUntilMs: wallMs + 10_000,
          lastTimestampMs: wallMs - 5,
        },
        { workerId: 1, instance: 'b', released: true, lastTimestampMs: wallMs },
      ]);
      for (const { registeredAtMs, renewedAtMs } of workers) {
        expect(renewedAtMs - registeredAtMs).toBeGreaterThanOrEqual(15);
        expect(renewedAtMs).toBeLessThanOrEqual(storeMs + 1);
        expect(storeMs - registeredAtMs).toBeLessThan(5_000);
      }
    });

    it('counts the time of a new holder from its registration', async () => {
      const old = await acquire('a');
      await registry().release(old, Date.now(), TIMEOUT_MS);
      const before = (await fixture.workers.list(TIMEOUT_MS)).workers[0]!;
      await delay(20);
      await acquire('b');
      const after = (await fixture.workers.list(TIMEOUT_MS)).workers[0]!;
      expect(after.registeredAtMs).toBeGreaterThan(before.renewedAtMs);
      expect(after.renewedAtMs).toBeGreaterThanOrEqual(after.registeredAtMs);
    });
  });
}
