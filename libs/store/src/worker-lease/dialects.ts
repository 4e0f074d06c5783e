import { isDeadlock, isDuplicate } from '../mysql/mysql-errors.js';
import { isPrimaryKeyTaken } from '../sqlite/sqlite-errors.js';
import type { WorkerLeaseDialect } from './worker-reads.js';

export const mysqlWorkerLeaseDialect: WorkerLeaseDialect = {
  // Not UNIX_TIMESTAMP(NOW(3)): in the hour that a clock change repeats it is an hour off in local time.
  nowMs: "TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000",
  stamp: 'CURRENT_TIMESTAMP(3)',
  // Of a timestamp column, which holds an instant, it is exact in any time zone.
  toMs: (column) => `CAST(UNIX_TIMESTAMP(${column}) * 1000 AS SIGNED)`,
  isDuplicate,
  isConflict: isDeadlock,
};

export const sqliteWorkerLeaseDialect: WorkerLeaseDialect = {
  nowMs: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
  stamp: "strftime('%Y-%m-%d %H:%M:%f', 'now')",
  toMs: (column) => `CAST(ROUND(unixepoch(${column}, 'subsec') * 1000) AS INTEGER)`,
  isDuplicate: isPrimaryKeyTaken,
  isConflict: () => false,
};
