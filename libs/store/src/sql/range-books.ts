import type { KeyRecord, StoreProof } from '#core';
import type { GivenRange, JournalRows } from '../journal/journal-rows.js';
import { readProof } from './range-counts.js';
import type { SegmentDialect } from './segment-dialect.js';
import type { SqlSession } from './sql-database.js';

/** What goes with every range that is given, in the transaction that gives it. */
export class RangeBooks {
  constructor(
    readonly dialect: SegmentDialect,
    readonly journal: JournalRows,
  ) {}

  async given(sql: SqlSession, range: GivenRange): Promise<StoreProof | undefined> {
    await this.dialect.count(sql, range.key, range.end - range.start);
    await this.journal.record(sql, range);
    return readProof(sql, this.dialect, range.key);
  }

  /** Sets the counter of a key whose row is locked, as `record` shows it. */
  async move(sql: SqlSession, { key, maxId }: KeyRecord, next: bigint): Promise<void> {
    if (next === maxId || (await this.dialect.move(sql, key, maxId, next))) return;
    throw new Error(`key '${key}' changed under its lock`);
  }
}
