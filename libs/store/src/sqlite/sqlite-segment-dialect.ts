import { MAX_ID_LIMIT, type KeyRecord } from '#core';
import type { SqlSession } from '../sql/sql-database.js';
import { keyRecord, type SegmentDialect } from '../sql/sql-segment-store.js';

/**
 * A sum beyond 2^63 - 1 would silently become a float, and the driver rounds what is beyond 2^53: hence the
 * guard in WHERE, and text on the way out.
 */
export const sqliteSegmentDialect: SegmentDialect = {
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
  // The transaction has the write lock of the whole file from its beginning.
  lock: find,

  async move(sql, key, seen, next) {
    const { affected } = await sql.run(
      `UPDATE leaf_alloc SET max_id = ?, update_time = CURRENT_TIMESTAMP
       WHERE biz_tag = ? COLLATE BINARY AND max_id = ?`,
      [next, key, seen],
    );
    return affected === 1;
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
