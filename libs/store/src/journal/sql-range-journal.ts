import type {
  JournalAnswer,
  JournalEvent,
  JournalEventKind,
  JournalRange,
  KeyRecord,
  RangeJournal,
  RangeKind,
  RangeState,
} from '#core';
import type { RangeBooks } from '../sql/range-books.js';
import type { SqlDatabase, SqlRow, SqlSession } from '../sql/sql-database.js';
import { idIn, LONE_SURROGATE, positive } from '../sql/sql-keys.js';

const COLUMNS = `kind, CAST(start_id AS CHAR) AS start_id, CAST(end_id AS CHAR) AS end_id, holder,
  lease_id, at_ms, state, CAST(returned_from AS CHAR) AS returned_from, reason`;
/** Events are few, and tell why the ranges around them are not to be trusted. */
const EVENTS_LAST = 10;

/** `idun_journal`, as it is read and kept. What writes to it along with ranges is `JournalRows`. */
export class SqlRangeJournal implements RangeJournal {
  constructor(
    private readonly database: SqlDatabase,
    private readonly books: RangeBooks,
  ) {}

  async find(key: string, id: bigint, timeoutMs: number): Promise<JournalAnswer> {
    if (LONE_SURROGATE.test(key)) return NOTHING;
    return this.database.within(timeoutMs, (sql) =>
      // One state of all tables: else a range that comes in between would look like one without a record.
      sql.transaction(async () => {
        const record = await this.books.dialect.find(sql, key);
        const rows = await this.rowsOf(sql, key, id);
        return {
          ranges: rows.filter(({ state }) => state !== null).map(rangeOf),
          events: rows.filter(({ state }) => state === null).map(eventOf),
          recordedSinceMs: record && (await this.recordedSince(sql, record)),
          maxId: record && positive(record.maxId),
        };
      }),
    );
  }

  async settle(
    key: string,
    start: bigint,
    state: Exclude<RangeState, 'open'>,
    returnedFrom: bigint | undefined,
    timeoutMs: number,
  ): Promise<void> {
    const { journal } = this.books;
    if (!journal.isOn) return;
    await this.database.within(timeoutMs, (sql) =>
      journal.settle(sql, key, start, state, returnedFrom),
    );
  }

  async prune(olderThanMs: number, limit: number, timeoutMs: number): Promise<number> {
    return this.database.within(timeoutMs, async (sql) => {
      const ranges = await this.delete(sql, 'state IS NOT NULL', olderThanMs, limit);
      const left = limit - ranges;
      if (left <= 0) return ranges;
      return ranges + (await this.delete(sql, 'state IS NULL', EVENTS_LAST * olderThanMs, left));
    });
  }

  /** Of a key: what has the id, the newest first. */
  private async rowsOf(sql: SqlSession, key: string, id: bigint): Promise<SqlRow[]> {
    // No range is longer than the largest one, so there are few rows to look at.
    const { rows } = await sql.run(
      `SELECT * FROM (
         SELECT id, ${COLUMNS} FROM idun_journal
         WHERE biz_tag = ? AND kind IN ('segment', 'lease') AND start_id <= ? AND end_id > ?
           AND start_id >= ? - (SELECT COALESCE(MAX(largest), 0) FROM idun_key WHERE biz_tag = ?)
         UNION ALL
         SELECT id, ${COLUMNS} FROM idun_journal
         WHERE biz_tag = ? AND kind IN ('rewind', 'server', 'advance') AND start_id <= ? AND end_id > ?
       ) r ORDER BY id DESC`,
      [key, id, id, id, key, key, id, id],
    );
    return rows;
  }

  private async recordedSince(
    sql: SqlSession,
    { key, maxId }: KeyRecord,
  ): Promise<number | undefined> {
    const { rows } = await sql.run(
      `SELECT k.journal_since_ms AS since_ms, s.journal_pruned_ms AS pruned_ms
       FROM idun_key k JOIN idun_store s ON s.id = 1
       WHERE k.biz_tag = ? AND k.journal_leases = k.leases AND k.journal_end = ?`,
      [key, positive(maxId)],
    );
    const since = idIn(rows[0], 'since_ms');
    if (since === undefined) return undefined;
    return Math.max(Number(since), Number(rows[0]!['pruned_ms']));
  }

  /** By name: to delete a range of them would lock the gaps that new ones go to. */
  private async delete(
    sql: SqlSession,
    which: string,
    olderThanMs: number,
    limit: number,
  ): Promise<number> {
    const { rows } = await sql.run(
      `SELECT id, at_ms FROM idun_journal WHERE at_ms < ${this.books.dialect.nowMs} - ? AND ${which}
       ORDER BY at_ms LIMIT ${limit}`,
      [olderThanMs],
    );
    if (rows.length === 0) return 0;
    const newest = Number(rows.at(-1)!['at_ms']);
    // First, so that what is not there any more is never claimed.
    await sql.run(
      'UPDATE idun_store SET journal_pruned_ms = ? WHERE id = 1 AND journal_pruned_ms <= ?',
      [newest + 1, newest],
    );
    const { affected } = await sql.run(
      `DELETE FROM idun_journal WHERE id IN (${rows.map(() => '?').join(', ')})`,
      rows.map(({ id }) => String(id)),
    );
    return affected;
  }
}

const NOTHING: JournalAnswer = {
  ranges: [],
  events: [],
  recordedSinceMs: undefined,
  maxId: undefined,
};

function rangeOf(row: SqlRow): JournalRange {
  const { lease_id: leaseId } = row;
  const returnedFrom = idIn(row, 'returned_from');
  return {
    kind: String(row['kind']) as RangeKind,
    start: BigInt(String(row['start_id'])),
    end: BigInt(String(row['end_id'])),
    holder: String(row['holder']),
    ...(typeof leaseId === 'string' && { leaseId }),
    leasedAtMs: Number(row['at_ms']),
    state: String(row['state']) as RangeState,
    ...(returnedFrom !== undefined && { returnedFrom }),
  };
}

function eventOf(row: SqlRow): JournalEvent {
  return {
    kind: String(row['kind']) as JournalEventKind,
    start: BigInt(String(row['start_id'])),
    end: BigInt(String(row['end_id'])),
    holder: String(row['holder']),
    reason: String(row['reason']),
    atMs: Number(row['at_ms']),
  };
}
