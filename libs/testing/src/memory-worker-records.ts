import { IdunError } from '#contracts';
import {
  storeUnavailable,
  systemScheduler,
  type Clock,
  type Scheduler,
  type WorkerRecord,
  type WorkerRecordSession,
  type WorkerRecordStore,
} from '#core';

/** What several nodes share, as they share a database. */
export interface MemoryWorkerTable {
  rows: Map<number, WorkerRecord>;
  /** The database's own. */
  clock: Pick<Clock, 'wallMs'>;
}

const NONE: ReadonlySet<number> = new Set();

/** The worker record store's twin in memory: each read and write is one step. */
export function memoryWorkerRecords(
  table: MemoryWorkerTable,
  scheduler: Scheduler = systemScheduler,
): WorkerRecordStore {
  return {
    async within(timeoutMs, work) {
      let isOver = false;
      let cancel = () => {};
      const expired = new Promise<never>((_, reject) => {
        cancel = scheduler.after(timeoutMs, () => reject(new Error('the time is over')));
      });
      try {
        return await Promise.race([
          work(unless(() => isOver, memoryWorkerSession(table))),
          expired,
        ]);
      } catch (error) {
        throw error instanceof IdunError ? error : storeUnavailable(error);
      } finally {
        isOver = true;
        cancel();
      }
    },
  };
}

function unless(isOver: () => boolean, session: WorkerRecordSession): WorkerRecordSession {
  const check = () => {
    if (isOver()) throw new Error('the call is over');
  };
  return {
    async read(workerId) {
      check();
      return session.read(workerId);
    },
    async insert(record) {
      check();
      return session.insert(record);
    },
    async update(seen, next) {
      check();
      return session.update(seen, next);
    },
  };
}

export function memoryWorkerSession({ rows, clock }: MemoryWorkerTable): WorkerRecordSession {
  return {
    async read(workerId) {
      const all = [...rows.values()];
      const highestTimestampMs = Math.max(0, ...all.map((row) => row.lastTimestampMs));
      const records = all
        .filter((row) => workerId === undefined || row.workerId === workerId)
        .map((row) => ({ ...row }));
      return { storeMs: clock.wallMs(), highestTimestampMs, records, orphans: NONE };
    },
    async insert(record) {
      if (rows.has(record.workerId)) return false;
      rows.set(record.workerId, { ...record });
      return true;
    },
    async update(seen, next) {
      const row = rows.get(seen.workerId);
      if (row?.version !== seen.version || row.owner !== seen.owner) return false;
      rows.set(seen.workerId, { ...next });
      return true;
    },
  };
}
