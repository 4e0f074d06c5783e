import type { WorkerRecord } from '#core';
import type { Store } from '../index.js';

/** The record of worker id 0, given back, with a last timestamp of an hour from now; and the same reset. */
export async function poisonedRecord(
  store: Store,
): Promise<{ poisoned: WorkerRecord; reset: WorkerRecord }> {
  const poisoned: WorkerRecord = {
    workerId: 0,
    instance: 'wild',
    owner: 'wild#1',
    version: 1,
    reservedUntilMs: Date.now() + 3_600_000,
    lastTimestampMs: Date.now() + 3_600_000,
    released: false,
  };
  await store.workers.within(5_000, (records) => records.insert(poisoned));
  const reset = { ...poisoned, owner: 'alice#1', version: 2, lastTimestampMs: 1, released: true };
  return { poisoned, reset };
}

/** As a reset writes it. */
export function writeAudited(
  store: Store,
  seen: WorkerRecord,
  next: WorkerRecord,
): Promise<boolean> {
  return store.workers.within(5_000, (records) =>
    records.updateAudited(seen, next, {
      action: 'worker.reset',
      subject: String(seen.workerId),
      actor: 'alice@desk',
      before: {},
      after: {},
    }),
  );
}

export async function readRecord(store: Store): Promise<WorkerRecord | undefined> {
  const { records } = await store.workers.within(5_000, (session) => session.read(0));
  return records[0];
}
