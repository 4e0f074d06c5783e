import { isDuplicate, isNotConvertible } from '../mysql/mysql-errors.js';
import { THIS_KEY } from '../mysql/mysql-segment-dialect.js';
import { isPrimaryKeyTaken } from '../sqlite/sqlite-errors.js';

/** Where MySQL and SQLite differ in the administration of keys, beside what they do with counters. */
export interface KeyDialect {
  /** Condition on a row of leaf_alloc: this key, byte by byte. */
  thisKey: { sql: string; params: (key: string) => string[] };
  /** Of a row of leaf_alloc and of a parameter: what is ordered by bytes. */
  bytes: { name: string; param: string };
  /** Part of each UPDATE of leaf_alloc. */
  stamp: string;
  isDuplicate(error: unknown): boolean;
  /** The table's character set cannot hold a value. */
  isNotConvertible(error: unknown): boolean;
}

export const mysqlKeyDialect: KeyDialect = {
  thisKey: { sql: THIS_KEY, params: (key) => [key, key] },
  bytes: {
    name: 'CAST(CONVERT(biz_tag USING utf8mb4) AS BINARY)',
    param: 'CAST(? AS BINARY)',
  },
  stamp: '',
  isDuplicate,
  isNotConvertible,
};

export const sqliteKeyDialect: KeyDialect = {
  thisKey: { sql: 'biz_tag = ? COLLATE BINARY', params: (key) => [key] },
  bytes: { name: 'biz_tag COLLATE BINARY', param: '?' },
  stamp: ', update_time = CURRENT_TIMESTAMP',
  isDuplicate: isPrimaryKeyTaken,
  isNotConvertible: () => false,
};
