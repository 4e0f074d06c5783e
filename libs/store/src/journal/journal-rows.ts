import type { JournalEventKind, RangeKind, RangeState, SegmentRange } from '#core';
import type { SegmentDialect } from '../sql/segment-dialect.js';
import type { SqlSession } from '../sql/sql-database.js';

export interface GivenRange extends SegmentRange {
  key: string;
  kind: RangeKind;
  leaseId?: string;
  /** max_id before and after, at least 1. */
  maxIds: readonly [bigint, bigint];
}

export interface EventRow extends SegmentRange {
  key: string;
  kind: JournalEventKind;
  holder: string;
  reason: string;
}

/** Longer ones would be refused by the database, and the event is worth more than its last words. */
const MAX_REASON_LENGTH = 1_000;

/**
 * Writes to `idun_journal`, each in the transaction of what it tells. Ranges are recorded only where this node has a
 * name for it, events always.
 *
 * `idun_key` tells since when the ranges of a key are recorded without a gap: where the count of its ranges or its
 * counter is not where the last record left it, somebody else was there in between, and it begins anew.
 */
export class JournalRows {
  constructor(
    private readonly dialect: Pick<SegmentDialect, 'nowMs'>,
    private readonly holder: string | undefined,
  ) {}

  get isOn(): boolean {
    return this.holder !== undefined;
  }

  /** After the range was counted. */
  async record(sql: SqlSession, given: GivenRange): Promise<void> {
    if (this.holder === undefined) return;
    const { key, kind, start, end, leaseId, maxIds } = given;
    const { nowMs } = this.dialect;
    await sql.run(
      `UPDATE idun_key SET
         journal_since_ms = CASE WHEN journal_leases = leases - 1 AND journal_end = ?
                                 THEN COALESCE(journal_since_ms, ${nowMs}) ELSE ${nowMs} END,
         journal_leases = leases, journal_end = ?
       WHERE biz_tag = ?`,
      [...maxIds, key],
    );
    await sql.run(
      `INSERT INTO idun_journal (biz_tag, kind, start_id, end_id, holder, lease_id, at_ms, state)
       VALUES (?, ?, ?, ?, ?, ?, ${nowMs}, 'open')`,
      [key, kind, start, end, this.holder, leaseId ?? null],
    );
  }

  /** The counter was set back, by a return of which the journal knows. */
  async movedBack(sql: SqlSession, key: string, from: bigint, to: bigint): Promise<void> {
    if (!this.isOn) return;
    const set = 'UPDATE idun_key SET journal_end = ? WHERE biz_tag = ? AND journal_end = ?';
    await sql.run(set, [to, key, from]);
  }

  /** The node has given up what it had left of one of its segments, or of several in a row. */
  async returnedTail(sql: SqlSession, key: string, { start, end }: SegmentRange): Promise<void> {
    if (this.holder === undefined) return;
    // No range is longer than the largest one, so there are few rows to look at.
    const { rows } = await sql.run(
      `SELECT id FROM idun_journal WHERE biz_tag = ? AND kind = 'segment' AND start_id < ?
         AND start_id >= ? - (SELECT COALESCE(MAX(largest), 0) FROM idun_key WHERE biz_tag = ?)
         AND end_id > ? AND end_id <= ? AND state = 'open' AND holder = ?`,
      [key, end, start, key, start, end, this.holder],
    );
    for (const { id } of rows) {
      // oxlint-disable-next-line no-await-in-loop -- one, as a rule
      await sql.run(
        `UPDATE idun_journal SET state = 'returned',
           returned_from = CASE WHEN start_id > ? THEN start_id ELSE ? END WHERE id = ?`,
        [start, start, String(id)],
      );
    }
  }

  /** What became of a lease. */
  async settleLease(
    sql: SqlSession,
    leaseId: string,
    state: Exclude<RangeState, 'open'>,
    returnedFrom?: bigint,
  ): Promise<void> {
    if (!this.isOn) return;
    await sql.run('UPDATE idun_journal SET state = ?, returned_from = ? WHERE lease_id = ?', [
      state,
      returnedFrom ?? null,
      leaseId,
    ]);
  }

  /** What became of the newest open range of this node that begins so. */
  async settle(
    sql: SqlSession,
    key: string,
    start: bigint,
    state: Exclude<RangeState, 'open'>,
    returnedFrom: bigint | undefined,
  ): Promise<void> {
    if (this.holder === undefined) return;
    const { rows } = await sql.run(
      `SELECT id FROM idun_journal WHERE biz_tag = ? AND kind IN ('segment', 'lease')
         AND start_id = ? AND state = 'open' AND holder = ? ORDER BY id DESC LIMIT 1`,
      [key, start, this.holder],
    );
    if (rows[0] === undefined) return;
    await sql.run(
      `UPDATE idun_journal SET state = ?, returned_from = ? WHERE id = ? AND state = 'open'`,
      [state, returnedFrom ?? null, String(rows[0]['id'])],
    );
  }

  /** Whether or not ranges are recorded. Ends what is known to be recorded without a gap. */
  async event(sql: SqlSession, { key, kind, start, end, holder, reason }: EventRow): Promise<void> {
    await sql.run('UPDATE idun_key SET journal_since_ms = NULL WHERE biz_tag = ?', [key]);
    await sql.run(
      `INSERT INTO idun_journal (biz_tag, kind, start_id, end_id, holder, at_ms, reason)
       VALUES (?, ?, ?, ?, ?, ${this.dialect.nowMs}, ?)`,
      [key, kind, start, end, holder, reason.slice(0, MAX_REASON_LENGTH)],
    );
  }

  /** `event` for every key of this SELECT of `biz_tag`, `start_id` and `end_id`. */
  async eventOfAll(
    sql: SqlSession,
    keys: string,
    { kind, holder, reason }: Pick<EventRow, 'kind' | 'holder' | 'reason'>,
  ): Promise<void> {
    await sql.run('UPDATE idun_key SET journal_since_ms = NULL');
    await sql.run(
      `INSERT INTO idun_journal (biz_tag, kind, start_id, end_id, holder, at_ms, reason)
       SELECT t.biz_tag, ?, t.start_id, t.end_id, ?, ${this.dialect.nowMs}, ? FROM (${keys}) t`,
      [kind, holder, reason.slice(0, MAX_REASON_LENGTH)],
    );
  }
}
