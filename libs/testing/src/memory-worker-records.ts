import type { Clock, WorkerRecord, WorkerRecordSession, WorkerRecordStore } from '#core';

/** What several nodes share, as they share a database. */
export interface MemoryWorkerTable {
  rows: Map<number, WorkerRecord>;
  /** The database's own. */
  clock: Pick<Clock, 'wallMs'>;
}

const NONE: ReadonlySet<number> = new Set();

/** The worker record store's twin in memory: each read and write is one step. */
export function memoryWorkerRecords(table: MemoryWorkerTable): WorkerRecordStore {
  return { within: (_timeoutMs, work) => work(memoryWorkerSession(table)) };
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
