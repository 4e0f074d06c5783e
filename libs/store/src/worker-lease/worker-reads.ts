import type { WorkerEntry, WorkerList, WorkerRecord, WorkerSnapshot } from '#core';
import type { SqlRow, SqlSession } from '../sql/sql-database.js';

/** Where MySQL and SQLite differ. */
export interface WorkerLeaseDialect {
  /** Now, in milliseconds since the Unix epoch, an integer. */
  readonly nowMs: string;
  /** Now, as the columns for operators have it. */
  readonly stamp: string;
  /** Such a column in milliseconds since the Unix epoch, an integer. */
  readonly toMs: (column: string) => string;
  /** The row exists already. */
  isDuplicate(error: unknown): boolean;
  /** The statement was undone in favour of another one: known not to have happened. */
  isConflict(error: unknown): boolean;
}

/** A database keeps no sessions of holders. */
const NONE: ReadonlySet<number> = new Set();

/** All records, or that of one worker id, with the store's time; the join gives the time of an empty table too. */
export async function readWorkers(
  sql: SqlSession,
  dialect: WorkerLeaseDialect,
  workerId?: number,
): Promise<WorkerSnapshot> {
  const { rows } = await sql.run(
    `SELECT t.now_ms, t.highest, w.worker_id, w.instance, w.owner, w.version, w.reserved_until,
            w.last_timestamp, w.released
     FROM (SELECT ${dialect.nowMs} AS now_ms,
                  (SELECT MAX(last_timestamp) FROM idun_worker) AS highest) t
     LEFT JOIN idun_worker w ON ${workerId === undefined ? '1 = 1' : 'w.worker_id = ?'}`,
    workerId === undefined ? [] : [workerId],
  );
  return {
    storeMs: Number(rows[0]?.['now_ms']),
    highestTimestampMs: Number(rows[0]?.['highest'] ?? 0),
    records: rows.filter((row) => row['worker_id'] !== null).map(recordOf),
    orphans: NONE,
  };
}

/** All records with the times that only operators read. */
export async function listWorkers(
  sql: SqlSession,
  dialect: WorkerLeaseDialect,
): Promise<WorkerList> {
  const { rows } = await sql.run(
    `SELECT t.now_ms, w.worker_id, w.instance, w.owner, w.version, w.reserved_until,
            w.last_timestamp, w.released, ${dialect.toMs('w.registered_at')} AS registered_ms,
            ${dialect.toMs('w.updated_at')} AS updated_ms
     FROM (SELECT ${dialect.nowMs} AS now_ms) t LEFT JOIN idun_worker w ON 1 = 1
     ORDER BY w.worker_id`,
  );
  return {
    storeMs: Number(rows[0]?.['now_ms']),
    workers: rows.filter((row) => row['worker_id'] !== null).map(entryOf),
  };
}

function entryOf(row: SqlRow): WorkerEntry {
  return {
    ...recordOf(row),
    registeredAtMs: Number(row['registered_ms']),
    renewedAtMs: Number(row['updated_ms']),
  };
}

function recordOf(row: SqlRow): WorkerRecord {
  return {
    workerId: Number(row['worker_id']),
    instance: String(row['instance']),
    owner: String(row['owner']),
    version: Number(row['version']),
    reservedUntilMs: Number(row['reserved_until']),
    lastTimestampMs: Number(row['last_timestamp']),
    released: Number(row['released']) === 1,
  };
}
