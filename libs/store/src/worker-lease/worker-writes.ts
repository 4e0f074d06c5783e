import type { AuditEntry, WorkerRecord } from '#core';
import { insertAudit } from '../audit/sql-audit.js';
import type { SqlSession } from '../sql/sql-database.js';
import type { WorkerLeaseDialect } from './worker-reads.js';

/** Writes `next` if the record is still as `seen`. False when it has moved on. */
export async function updateWorker(
  sql: SqlSession,
  dialect: WorkerLeaseDialect,
  seen: WorkerRecord,
  next: WorkerRecord,
): Promise<boolean> {
  try {
    return await update(sql, dialect, seen, next);
  } catch (error) {
    if (dialect.isConflict(error)) return false;
    throw error;
  }
}

/** The same in one transaction with the entry, which is written only where the record is. */
export async function updateWorkerAudited(
  sql: SqlSession,
  dialect: WorkerLeaseDialect,
  seen: WorkerRecord,
  next: WorkerRecord,
  entry: AuditEntry,
): Promise<boolean> {
  try {
    return await sql.transaction(async () => {
      const isDone = await update(sql, dialect, seen, next);
      if (isDone) await insertAudit(sql, dialect, entry);
      return isDone;
    });
  } catch (error) {
    if (dialect.isConflict(error)) return false;
    throw error;
  }
}

async function update(
  sql: SqlSession,
  dialect: WorkerLeaseDialect,
  seen: WorkerRecord,
  next: WorkerRecord,
): Promise<boolean> {
  const isNewHolder = seen.owner !== next.owner;
  const { affected } = await sql.run(
    `UPDATE idun_worker SET instance = ?, owner = ?, version = ?, reserved_until = ?,
       last_timestamp = ?, released = ?, updated_at = ${dialect.stamp}
       ${isNewHolder ? `, registered_at = ${dialect.stamp}` : ''}
     WHERE worker_id = ? AND version = ? AND owner = ?`,
    [
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
  );
  return affected === 1;
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
