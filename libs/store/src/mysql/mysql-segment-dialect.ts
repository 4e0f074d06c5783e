import { MAX_ID_LIMIT, type KeyRecord } from '#core';
import { keyRecord, type SegmentDialect } from '../sql/sql-segment-store.js';
import type { SqlResult, SqlSession, SqlValue } from '../sql/sql-database.js';
import { isNotConvertible } from './mysql-errors.js';

/**
 * The first comparison uses the primary key with the table's own collation, for which `order`, `ORDER` and `ordér`
 * may be one; the second picks the key that was meant, byte by byte.
 */
const THIS_KEY =
  'biz_tag = ? AND CAST(CONVERT(biz_tag USING utf8mb4) AS BINARY) = CAST(? AS BINARY)';

export const mysqlSegmentDialect: SegmentDialect = {
  async advance(sql, key, size) {
    const result = await keyed(
      sql,
      `UPDATE leaf_alloc SET max_id = LAST_INSERT_ID(GREATEST(max_id, 1) + ?)
       WHERE ${THIS_KEY} AND max_id <= ?`,
      [size, key, key, MAX_ID_LIMIT - size],
    );
    return result?.affected === 1 ? result.insertId : undefined;
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
