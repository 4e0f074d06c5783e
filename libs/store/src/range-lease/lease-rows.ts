import { LEASE_RECORD_MS, type LeaseOrder, type SegmentRange } from '#core';
import type { SqlRow, SqlSession } from '../sql/sql-database.js';

/** A row of `idun_lease`. */
export interface LeaseRow extends SegmentRange {
  leaseId: string;
  key: string;
  isReturned: boolean;
  isConfirmed: boolean;
  isFromFree: boolean;
  claim: bigint | undefined;
}

/** Ids as text: a driver would round what is beyond 2^53. */
const COLUMNS = `lease_id, biz_tag, CAST(start_id AS CHAR) AS start_id, CAST(end_id AS CHAR) AS end_id,
  CASE WHEN returned_from IS NULL THEN 0 ELSE 1 END AS is_returned, confirmed, from_free,
  CAST(claim AS CHAR) AS claim`;

/** `idun_lease`. */
export class LeaseRows {
  /** `nowMs`: SQL for the time in milliseconds since the Unix epoch, an integer. */
  constructor(private readonly nowMs: string) {}

  async find(sql: SqlSession, leaseId: string): Promise<LeaseRow | undefined> {
    const { rows } = await sql.run(`SELECT ${COLUMNS} FROM idun_lease WHERE lease_id = ?`, [
      leaseId,
    ]);
    return rows[0] && leaseOf(rows[0]);
  }

  async findRequest(
    sql: SqlSession,
    key: string,
    requestId: string,
  ): Promise<LeaseRow | undefined> {
    const { rows } = await sql.run(
      `SELECT ${COLUMNS} FROM idun_lease WHERE biz_tag = ? AND request_id = ?`,
      [key, requestId],
    );
    return rows[0] && leaseOf(rows[0]);
  }

  async insert(
    sql: SqlSession,
    order: LeaseOrder,
    { start, end, isFromFree }: SegmentRange & { isFromFree: boolean },
  ): Promise<void> {
    const { leaseId, key, requestId, needsConfirmation } = order;
    await sql.run(
      `INSERT INTO idun_lease
         (lease_id, biz_tag, request_id, start_id, end_id, created_ms, confirmed, from_free)
       VALUES (?, ?, ?, ?, ?, ${this.nowMs}, ?, ?)`,
      [leaseId, key, requestId ?? null, start, end, needsConfirmation ? 0 : 1, isFromFree ? 1 : 0],
    );
  }

  /** False when it is not there. */
  async confirm(sql: SqlSession, leaseId: string, claim: bigint | undefined): Promise<boolean> {
    const number = claim ?? null;
    // In this order: MySQL's second assignment sees the first one.
    const { affected } = await sql.run(
      `UPDATE idun_lease SET claim = CASE WHEN confirmed = 0 OR claim = ? THEN ? END, confirmed = 1
       WHERE lease_id = ?`,
      [number, number, leaseId],
    );
    return affected === 1;
  }

  /** Deletes it; false when it is confirmed or not there. */
  async void(sql: SqlSession, leaseId: string): Promise<boolean> {
    const { affected } = await sql.run(
      'DELETE FROM idun_lease WHERE lease_id = ? AND confirmed = 0',
      [leaseId],
    );
    return affected === 1;
  }

  /** Marks it as returned; false when it is so already. */
  async close(sql: SqlSession, leaseId: string, from: bigint): Promise<boolean> {
    const { affected } = await sql.run(
      'UPDATE idun_lease SET returned_from = ? WHERE lease_id = ? AND returned_from IS NULL',
      [from, leaseId],
    );
    return affected === 1;
  }

  /** Deletes at most `limit` that are old, by name: a range of them would lock the gaps that new ones go to. */
  async prune(sql: SqlSession, limit: number): Promise<number> {
    const { rows } = await sql.run(
      `SELECT lease_id FROM idun_lease WHERE created_ms < ${this.nowMs} - ${LEASE_RECORD_MS}
       ORDER BY created_ms LIMIT ${limit}`,
    );
    if (rows.length === 0) return 0;
    const { affected } = await sql.run(
      `DELETE FROM idun_lease WHERE lease_id IN (${rows.map(() => '?').join(', ')})`,
      rows.map((row) => String(row['lease_id'])),
    );
    return affected;
  }
}

function leaseOf(row: SqlRow): LeaseRow {
  const claim = row['claim'];
  return {
    leaseId: String(row['lease_id']),
    key: String(row['biz_tag']),
    start: BigInt(String(row['start_id'])),
    end: BigInt(String(row['end_id'])),
    isReturned: Number(row['is_returned']) === 1,
    isConfirmed: Number(row['confirmed']) === 1,
    isFromFree: Number(row['from_free']) === 1,
    claim: typeof claim === 'string' ? BigInt(claim) : undefined,
  };
}
