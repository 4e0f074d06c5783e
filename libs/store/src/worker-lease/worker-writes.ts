import type { AuditEntry, WorkerRecord } from '#core';
import { insertAudit } from '../audit/sql-audit.js';
import type { SqlSession, SqlStatement } from '../sql/sql-database.js';
import type { WorkerLeaseDialect } from './worker-reads.js';

/** Writes `next` if the record is still as `seen`. False when it has moved on. */
export async function updateWorker(
  sql: SqlSession,
  dialect: WorkerLeaseDialect,
  seen: WorkerRecord,
  next: WorkerRecord,
): Promise<boolean> {
  const statement = updateStatement(dialect, seen, next);
  try {
    const { affected } = await sql.run(statement.sql, statement.params);
    return affected === 1;
  } catch (error) {
    if (dialect.isConflict(error)) return false;
    throw error;
  }
}

/** The same in one transaction with the entry. */
export async function updateWorkerAudited(
  sql: SqlSession,
  dialect: WorkerLeaseDialect,
  seen: WorkerRecord,
  next: WorkerRecord,
  entry: AuditEntry,
): Promise<boolean> {
  try {
    return await sql.together([updateStatement(dialect, seen, next), insertAudit(dialect, entry)]);
  } catch (error) {
    if (dialect.isConflict(error)) return false;
    throw error;
  }
}

function updateStatement(
  dialect: WorkerLeaseDialect,
  seen: WorkerRecord,
  next: WorkerRecord,
): SqlStatement {
  const isNewHolder = seen.owner !== next.owner;
  return {
    sql: `UPDATE idun_worker SET instance = ?, owner = ?, version = ?, reserved_until = ?,
         last_timestamp = ?, released = ?, updated_at = ${dialect.stamp}
         ${isNewHolder ? `, registered_at = ${dialect.stamp}` : ''}
       WHERE worker_id = ? AND version = ? AND owner = ?`,
    params: [
      next.instance,
      next.owner,
      next.version,
      next.reservedUntilMs,
      next.lastTimestampMs,
      next.released ? 1 : 0,
      seen.workerId,
      seen.version,
      seen.owner,
    ],
  };
}

/** False when somebody else has registered this id meanwhile. */
export async function insertWorker(
  sql: SqlSession,
  dialect: WorkerLeaseDialect,
  record: WorkerRecord,
): Promise<boolean> {
  try {
    await sql.run(
      `INSERT INTO idun_worker
         (worker_id, instance, owner, version, reserved_until, last_timestamp, released)
       VALUES (?, ?, ?, ?, ?, ?, 0)`,
      [
        record.workerId,
        record.instance,
        record.owner,
        record.version,
        record.reservedUntilMs,
        record.lastTimestampMs,
      ],
    );
    return true;
  } catch (error) {
    if (dialect.isDuplicate(error) || dialect.isConflict(error)) return false;
    throw error;
  }
}
