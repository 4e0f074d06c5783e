import type { WorkerDirectory, WorkerRecordStore } from '#core';
import type { SqlDatabase } from '../sql/sql-database.js';
import { listWorkers, readWorkers, type WorkerLeaseDialect } from './worker-reads.js';
import { insertWorker, updateWorker } from './worker-writes.js';

/** Worker records as rows of `idun_worker`. */
export function sqlWorkerRecords(
  database: SqlDatabase,
  dialect: WorkerLeaseDialect,
): WorkerRecordStore & WorkerDirectory {
  return {
    list: (timeoutMs) => database.within(timeoutMs, (sql) => listWorkers(sql, dialect)),
    within: (timeoutMs, work) =>
      database.within(timeoutMs, (sql) =>
        work({
          read: (workerId) => readWorkers(sql, dialect, workerId),
          insert: (record) => insertWorker(sql, dialect, record),
          update: (seen, next) => updateWorker(sql, dialect, seen, next),
        }),
      ),
  };
}
