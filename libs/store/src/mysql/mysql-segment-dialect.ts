import { MAX_ID_LIMIT, type KeyRecord } from '#core';
import type { SegmentDialect } from '../sql/segment-dialect.js';
import { keyRecord } from '../sql/sql-keys.js';
import type { SqlResult, SqlSession, SqlValue } from '../sql/sql-database.js';
import { mysqlWorkerLeaseDialect } from '../worker-lease/dialects.js';
import { isMissing, isNotConvertible } from './mysql-errors.js';
import { serverIdentityOf } from './server-identity.js';

/**
 * The first comparison uses the primary key with the table's own collation, for which `order`, `ORDER` and `ordér`
 * may be one; the second picks the key that was meant, byte by byte.
 */
export const THIS_KEY =
  'biz_tag = ? AND CAST(CONVERT(biz_tag USING utf8mb4) AS BINARY) = CAST(? AS BINARY)';

const ALL_KEYS = `leaf_alloc l
  LEFT JOIN idun_key k ON k.biz_tag = CONVERT(l.biz_tag USING utf8mb4) COLLATE utf8mb4_bin`;

/** In decimals, as a sum of integers beyond 2^63 - 1 is an error. */
const moved = (steps: bigint) => `CAST(LEAST(CAST(GREATEST(l.max_id, 1) AS DECIMAL(40))
  + CAST(${steps} AS DECIMAL(20)) * GREATEST(l.step, COALESCE(k.largest, 1), 1), ${MAX_ID_LIMIT}) AS SIGNED)`;

export const mysqlSegmentDialect: SegmentDialect = {
  nowMs: mysqlWorkerLeaseDialect.nowMs,
  forUpdate: 'FOR UPDATE',
  insertIgnore: 'INSERT IGNORE',
  ahead: (steps) =>
    `SELECT CONVERT(l.biz_tag USING utf8mb4) AS biz_tag, GREATEST(l.max_id, 1) AS start_id,
            ${moved(steps)} AS end_id FROM ${ALL_KEYS}`,
  identityOf: serverIdentityOf,
  isMissing,

  async advance(sql, key, size) {
    const result = await keyed(
      sql,
      `UPDATE leaf_alloc SET max_id = LAST_INSERT_ID(GREATEST(max_id, 1) + ?)
       WHERE ${THIS_KEY} AND max_id <= ?`,
      [size, key, key, MAX_ID_LIMIT - size],
    );
    return result?.affected === 1 ? result.insertId : undefined;
  },

  // A row counts as affected in each table. The outer join makes leaf_alloc the first to be locked, as everywhere.
  async advanceCounted(sql, key, size) {
    const result = await keyed(
      sql,
      `UPDATE leaf_alloc l LEFT JOIN idun_key k ON k.biz_tag = ?
       SET l.max_id = LAST_INSERT_ID(GREATEST(l.max_id, 1) + ?),
           k.leases = k.leases + 1, k.largest = GREATEST(k.largest, ?)
       WHERE ${THIS_KEY.replaceAll('biz_tag', 'l.biz_tag')} AND l.max_id <= ?`,
      [key, size, size, key, key, MAX_ID_LIMIT - size],
    );
    if (!result || result.affected === 0) return undefined;
    return { end: result.insertId, isCounted: result.affected === 2 };
  },

  find: (sql, key) => read(sql, key),
  lock: (sql, key) => read(sql, key, 'FOR UPDATE'),

  async move(sql, key, seen, next) {
    const { affected } = await sql.run(
      `UPDATE leaf_alloc SET max_id = ? WHERE ${THIS_KEY} AND max_id = ?`,
      [next, key, key, seen],
    );
    return affected === 1;
  },

  async count(sql, key, size, ranges = 1n) {
    await sql.run(
      `INSERT INTO idun_key (biz_tag, leases, largest) VALUES (?, ?, ?)
       ON DUPLICATE KEY UPDATE leases = leases + ?, largest = GREATEST(largest, ?)`,
      [key, ranges, size, ranges, size],
    );
  },

  async advanceAll(sql, steps, ranges) {
    await sql.run(`UPDATE ${ALL_KEYS} SET l.max_id = ${moved(steps)}, k.leases = k.leases + ?`, [
      ranges,
    ]);
  },
};

async function read(sql: SqlSession, key: string, how = ''): Promise<KeyRecord | undefined> {
  const result = await keyed(
    sql,
    `SELECT CAST(max_id AS CHAR) AS max_id, step, description FROM leaf_alloc
     WHERE ${THIS_KEY} ${how}`,
    [key, key],
  );
  return keyRecord(key, result?.rows[0]);
}

/** Undefined for a key that the table's character set cannot hold: there is no such row. */
async function keyed(
  sql: SqlSession,
  statement: string,
  params: readonly SqlValue[],
): Promise<SqlResult | undefined> {
  try {
    return await sql.run(statement, params);
  } catch (error) {
    if (isNotConvertible(error)) return undefined;
    throw error;
  }
}
