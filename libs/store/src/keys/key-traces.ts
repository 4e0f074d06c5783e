import type { Operator, SegmentRange } from '#core';
import type { SqlSession } from '../sql/sql-database.js';

/**
 * Drops the free ranges of the key: their ids are never given. Who gives back a range that was given before finds that
 * the key has moved on since.
 */
export async function forgetRanges(sql: SqlSession, key: string): Promise<void> {
  await sql.run('DELETE FROM idun_free_range WHERE biz_tag = ?', [key]);
  await sql.run('UPDATE idun_key SET leases = leases + 1 WHERE biz_tag = ?', [key]);
}

export async function addAdvanceEvent(
  sql: SqlSession,
  { nowMs }: { nowMs: string },
  event: SegmentRange & Operator & { key: string },
): Promise<void> {
  const { key, start, end, actor, reason } = event;
  await sql.run(
    `INSERT INTO idun_journal (biz_tag, kind, start_id, end_id, holder, at_ms, reason)
     VALUES (?, 'advance', ?, ?, ?, ${nowMs}, ?)`,
    [key, start, end, actor, reason ?? 'advanced by an operator'],
  );
}
