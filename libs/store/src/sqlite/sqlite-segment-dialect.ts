import { MAX_ID_LIMIT, type KeyRecord } from '#core';
import type { SegmentDialect } from '../sql/segment-dialect.js';
import { keyRecord } from '../sql/sql-keys.js';
import type { SqlSession } from '../sql/sql-database.js';
import { sqliteWorkerLeaseDialect } from '../worker-lease/dialects.js';

/** The largest of the step and the ranges that were given. */
const LARGEST = `max(step, 1, COALESCE(
  (SELECT largest FROM idun_key WHERE idun_key.biz_tag = leaf_alloc.biz_tag COLLATE BINARY), 1))`;

const moved = (steps: bigint) =>
  `CASE WHEN ${LARGEST} > (${MAX_ID_LIMIT} - max(max_id, 1)) / ${steps} THEN ${MAX_ID_LIMIT}
        ELSE max(max_id, 1) + ${LARGEST} * ${steps} END`;

/**
 * A sum beyond 2^63 - 1 would silently become a float, and the driver rounds what is beyond 2^53: hence the
 * guard in WHERE, and text on the way out.
 */
export const sqliteSegmentDialect: SegmentDialect = {
  nowMs: sqliteWorkerLeaseDialect.nowMs,
  // A transaction has the write lock of the whole file from its beginning.
  forUpdate: '',
  insertIgnore: 'INSERT OR IGNORE',
  ahead: (steps) =>
    `SELECT biz_tag, max(max_id, 1) AS start_id, ${moved(steps)} AS end_id
     FROM leaf_alloc WHERE typeof(max_id) = 'integer'`,
  // A file has no server: one that was put back shows in its counts only.
  identityOf: async () => 'sqlite',
  isMissing: () => false,

  async advance(sql, key, size) {
    const { rows } = await sql.run(
      `UPDATE leaf_alloc SET max_id = max(max_id, 1) + ?, update_time = CURRENT_TIMESTAMP
       WHERE biz_tag = ? COLLATE BINARY AND typeof(max_id) = 'integer' AND max_id <= ?
       RETURNING CAST(max_id AS TEXT) AS max_id`,
      [size, key, MAX_ID_LIMIT - size],
    );
    return rows[0] === undefined ? undefined : BigInt(String(rows[0]['max_id']));
  },

  find,
  lock: find,

  async move(sql, key, seen, next) {
    const { affected } = await sql.run(
      `UPDATE leaf_alloc SET max_id = ?, update_time = CURRENT_TIMESTAMP
       WHERE biz_tag = ? COLLATE BINARY AND max_id = ?`,
      [next, key, seen],
    );
    return affected === 1;
  },

  async count(sql, key, size, ranges = 1n) {
    await sql.run(
      `INSERT INTO idun_key (biz_tag, leases, largest) VALUES (?, ?, ?)
       ON CONFLICT (biz_tag) DO UPDATE SET leases = leases + ?, largest = max(largest, ?)`,
      [key, ranges, size, ranges, size],
    );
  },

  async advanceAll(sql, steps, ranges) {
    await sql.run(
      `UPDATE leaf_alloc SET update_time = CURRENT_TIMESTAMP, max_id = ${moved(steps)}
       WHERE typeof(max_id) = 'integer'`,
    );
    await sql.run('UPDATE idun_key SET leases = leases + ?', [ranges]);
  },
};

async function find(sql: SqlSession, key: string): Promise<KeyRecord | undefined> {
  const { rows } = await sql.run(
    `SELECT CAST(max_id AS TEXT) AS max_id, step, description FROM leaf_alloc
       WHERE biz_tag = ? COLLATE BINARY`,
    [key],
  );
  return keyRecord(key, rows[0]);
}
