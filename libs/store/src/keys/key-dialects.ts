import { isDuplicate, isNotConvertible } from '../mysql/mysql-errors.js';
import { mysqlSegmentDialect, THIS_KEY } from '../mysql/mysql-segment-dialect.js';
import type { SegmentDialect } from '../sql/sql-segment-store.js';
import { isPrimaryKeyTaken } from '../sqlite/sqlite-errors.js';
import { sqliteSegmentDialect } from '../sqlite/sqlite-segment-dialect.js';
import { mysqlWorkerLeaseDialect, sqliteWorkerLeaseDialect } from '../worker-lease/dialects.js';

/** Where MySQL and SQLite differ in the administration of keys. */
export interface KeyDialect {
  counters: SegmentDialect;
  /** Condition on a row of leaf_alloc: this key, byte by byte. */
  thisKey: { sql: string; params: (key: string) => string[] };
  /** Of a row of leaf_alloc and of a parameter: what is ordered by bytes. */
  bytes: { name: string; param: string };
  /** Part of each UPDATE of leaf_alloc. */
  stamp: string;
  /** SQL for the time in milliseconds since the Unix epoch, an integer. */
  nowMs: string;
  isDuplicate(error: unknown): boolean;
  /** The table's character set cannot hold a value. */
  isNotConvertible(error: unknown): boolean;
}

export const mysqlKeyDialect: KeyDialect = {
  counters: mysqlSegmentDialect,
  thisKey: { sql: THIS_KEY, params: (key) => [key, key] },
  bytes: {
    name: 'CAST(CONVERT(biz_tag USING utf8mb4) AS BINARY)',
    param: 'CAST(? AS BINARY)',
  },
  stamp: '',
  nowMs: mysqlWorkerLeaseDialect.nowMs,
  isDuplicate,
  isNotConvertible,
};

export const sqliteKeyDialect: KeyDialect = {
  counters: sqliteSegmentDialect,
  thisKey: { sql: 'biz_tag = ? COLLATE BINARY', params: (key) => [key] },
  bytes: { name: 'biz_tag COLLATE BINARY', param: '?' },
  stamp: ', update_time = CURRENT_TIMESTAMP',
  nowMs: sqliteWorkerLeaseDialect.nowMs,
  isDuplicate: isPrimaryKeyTaken,
  isNotConvertible: () => false,
};
