import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IdunError } from '#contracts';
import { workerLeaseLost, type WorkerRecord, type WorkerRecordStore } from '#core';

export interface WorkerRecordStoreFixture {
  workers: WorkerRecordStore;
  close(): Promise<void>;
}

const TIMEOUT_MS = 5_000;
const unavailable = { code: 'STORE_UNAVAILABLE' };

/** What the lease protocol needs of every place where records are kept. `factory` gives empty records each time. */
export function describeWorkerRecordStore(
  name: string,
  factory: () => Promise<WorkerRecordStoreFixture>,
): void {
  describe(`worker record store: ${name}`, () => {
    let fixture: WorkerRecordStoreFixture;
    beforeEach(async () => void (fixture = await factory()));
    afterEach(() => fixture.close());

    const record = (workerId: number, owner: string, version = 1): WorkerRecord => ({
      workerId,
      instance: 'i',
      owner,
      version,
      reservedUntilMs: 1_000,
      lastTimestampMs: 0,
      released: false,
    });
    /** After a read, as every write of the protocol. */
    const insert = (next: WorkerRecord) =>
      fixture.workers.within(TIMEOUT_MS, async (records) => {
        await records.read();
        return records.insert(next);
      });
    const stored = async () =>
      (await fixture.workers.within(TIMEOUT_MS, (records) => records.read())).records;

    it('reads and writes no more for a call that timed out', async () => {
      await insert(record(0, 'a'));
      let goOn!: () => void;
      const asleep = new Promise<void>((resolve) => (goOn = resolve));
      let late!: Promise<unknown[]>;
      const call = fixture.workers.within(1_000, async (records) => {
        const seen = (await records.read()).records[0]!;
        late = asleep.then(() =>
          Promise.all(
            [
              () => records.read(),
              () => records.update(seen, record(0, 'a', 2)),
              () => records.insert(record(1, 'b')),
            ].map((attempt) => attempt().then(String, (error: unknown) => error)),
          ),
        );
        await late;
      });
      await expect(call).rejects.toMatchObject(unavailable);
      goOn();
      const refused = await Promise.race([late, delay(TIMEOUT_MS, 'no answer')]);
      expect(refused).toEqual([expect.any(Error), expect.any(Error), expect.any(Error)]);
      expect(await stored()).toEqual([record(0, 'a')]);
    });

    it('settles in time when the work does not', async () => {
      const startedMs = performance.now();
      const call = fixture.workers.within(100, () => new Promise(() => undefined));
      await expect(call).rejects.toMatchObject(unavailable);
      expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS);
    });

    it('tells a refusal of the work from a failure of the store', async () => {
      const fails = (error: Error) =>
        fixture.workers.within(TIMEOUT_MS, async () => {
          throw error;
        });
      const refusal = workerLeaseLost('test');
      await expect(fails(refusal)).rejects.toBe(refusal);
      const failure = fails(new Error('test'));
      await expect(failure).rejects.toBeInstanceOf(IdunError);
      await expect(failure).rejects.toMatchObject(unavailable);
    });

    it('writes only what was not written by somebody else since it was read', async () => {
      expect(await insert(record(0, 'a'))).toBe(true);
      expect(await insert(record(0, 'b'))).toBe(false);
      await fixture.workers.within(TIMEOUT_MS, async (records) => {
        const seen = (await records.read(0)).records[0]!;
        const other = fixture.workers.within(TIMEOUT_MS, async (others) =>
          others.update((await others.read(0)).records[0]!, record(0, 'b', 2)),
        );
        expect(await other).toBe(true);
        expect(await records.update(seen, record(0, 'a', 2))).toBe(false);
      });
      expect(await stored()).toEqual([record(0, 'b', 2)]);
    });
  });
}
