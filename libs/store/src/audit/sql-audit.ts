import type { AuditEntry, AuditRecord, AuditState } from '#core';
import type { SqlRow, SqlSession } from '../sql/sql-database.js';
import type { WorkerLeaseDialect } from '../worker-lease/worker-reads.js';

export async function insertAudit(
  sql: SqlSession,
  { nowMs }: Pick<WorkerLeaseDialect, 'nowMs'>,
  { action, subject, actor, reason, before, after }: AuditEntry,
): Promise<void> {
  await sql.run(
    `INSERT INTO idun_audit (at_ms, action, subject, actor, reason, state_before, state_after)
     VALUES (${nowMs}, ?, ?, ?, ?, ?, ?)`,
    [action, subject, actor, reason ?? null, JSON.stringify(before), JSON.stringify(after)],
  );
}

/** The newest first. */
export async function readAudit(sql: SqlSession, limit: number): Promise<AuditRecord[]> {
  const { rows } = await sql.run(
    `SELECT at_ms, action, subject, actor, reason, state_before, state_after
     FROM idun_audit ORDER BY id DESC LIMIT ?`,
    [limit],
  );
  return rows.map(recordOf);
}

function recordOf(row: SqlRow): AuditRecord {
  const { reason } = row;
  return {
    atMs: Number(row['at_ms']),
    action: String(row['action']) as AuditRecord['action'],
    subject: String(row['subject']),
    actor: String(row['actor']),
    ...(typeof reason === 'string' && { reason }),
    before: JSON.parse(String(row['state_before'])) as AuditState,
    after: JSON.parse(String(row['state_after'])) as AuditState,
  };
}
