import type { AuditedWorkerStore } from '#core';
import { readAudit } from '../audit/sql-audit.js';
import type { SqlDatabase } from '../sql/sql-database.js';
import { listWorkers, readWorkers, type WorkerLeaseDialect } from './worker-reads.js';
import { insertWorker, updateWorker, updateWorkerAudited } from './worker-writes.js';

/** Worker records as rows of `idun_worker`, what operators did to them as rows of `idun_audit`. */
export function sqlWorkerRecords(
  database: SqlDatabase,
  dialect: WorkerLeaseDialect,
): AuditedWorkerStore {
  return {
    list: (timeoutMs) => database.within(timeoutMs, (sql) => listWorkers(sql, dialect)),
    auditRecords: (limit, timeoutMs) => database.within(timeoutMs, (sql) => readAudit(sql, limit)),
    within: (timeoutMs, work) =>
      database.within(timeoutMs, (sql) =>
        work({
          knowsSessions: false,
          read: (workerId) => readWorkers(sql, dialect, workerId),
          insert: (record) => insertWorker(sql, dialect, record),
          update: (seen, next) => updateWorker(sql, dialect, seen, next),
          updateAudited: (seen, next, entry) =>
            updateWorkerAudited(sql, dialect, seen, next, entry),
        }),
      ),
  };
}
