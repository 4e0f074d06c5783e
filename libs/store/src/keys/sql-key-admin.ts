import {
  advanceBackwards,
  advanceBeyondEnd,
  keyExists,
  keyNotFound,
  keyNotStorable,
  keyNotSuspended,
  keyTakenFor,
  LEASES_OF_A_HEAL,
  MAX_ID_LIMIT,
  type AdminKey,
  type AuditEntry,
  type KeyAdmin,
  type KeyChange,
  type KeyControls,
  type KeyRecord,
  type NewKey,
  type Operator,
} from '#core';
import { insertAudit } from '../audit/sql-audit.js';
import { dropFreeRanges } from '../free-range/free-range-rows.js';
import type { RangeBooks } from '../sql/range-books.js';
import type { SqlDatabase, SqlSession } from '../sql/sql-database.js';
import { keyRecord, LONE_SURROGATE } from '../sql/sql-keys.js';
import { shown, stateOf } from './admin-key.js';
import {
  NO_CONTROL,
  readAllControls,
  readControl,
  readControls,
  writeControl,
  type ControlRow,
} from './key-controls.js';
import type { KeyDialect } from './key-dialects.js';

/**
 * Keys in `leaf_alloc`, and in tables of our own what it has no column for. Each change locks the row of its key first,
 * as whatever else moves ids does: see `SqlRangeLeaseStore`.
 */
export class SqlKeyAdmin implements KeyAdmin {
  constructor(
    private readonly database: SqlDatabase,
    private readonly books: RangeBooks,
    private readonly dialect: KeyDialect,
  ) {}

  list(after: string | undefined, limit: number, timeoutMs: number): Promise<AdminKey[]> {
    const { name, param } = this.dialect.bytes;
    return this.database.within(timeoutMs, async (sql) => {
      const { rows } = await sql.run(
        `SELECT biz_tag, CAST(max_id AS CHAR) AS max_id, step, description FROM leaf_alloc
         ${after === undefined ? '' : `WHERE ${name} > ${param}`} ORDER BY ${name} LIMIT ${limit}`,
        after === undefined ? [] : [after],
      );
      const records = rows.map((row) => keyRecord(String(row['biz_tag']), row)!);
      const controls = await this.orNothing(
        readControls(
          sql,
          records.map(({ key }) => key),
        ),
      );
      return records.map((record) => shown(record, controls?.get(record.key) ?? NO_CONTROL));
    });
  }

  get(key: string, timeoutMs: number): Promise<AdminKey> {
    return this.within(key, timeoutMs, async (sql) => {
      const record = await this.books.dialect.find(sql, key);
      if (!record) throw keyNotFound(key);
      return shown(record, (await this.orNothing(readControl(sql, key))) ?? NO_CONTROL);
    });
  }

  async create(wanted: NewKey, by: Operator, timeoutMs: number): Promise<AdminKey> {
    const { key } = wanted;
    if (LONE_SURROGATE.test(key)) throw keyNotStorable(key);
    return this.database.within(timeoutMs, async (sql) => {
      try {
        return await sql.transaction(() => this.insert(sql, wanted, by));
      } catch (error) {
        if (this.dialect.isNotConvertible(error)) throw keyNotStorable(key, error);
        if (this.dialect.isDuplicate(error)) throw await this.whyTaken(sql, key);
        throw error;
      }
    });
  }

  change(key: string, change: KeyChange, by: Operator, timeoutMs: number): Promise<AdminKey> {
    return this.changing(key, timeoutMs, async (sql, record, control) => {
      const before = shown(record, control);
      const after = {
        ...before,
        step: change.step ?? record.step,
        description: chosen(change.description, record.description),
        suspended: change.suspended ?? control.suspended,
        ratePerSecond: chosen(change.ratePerSecond, control.ratePerSecond),
      };
      const { sql: isThisKey, params } = this.dialect.thisKey;
      await sql.run(
        `UPDATE leaf_alloc SET step = ?, description = ? ${this.dialect.stamp} WHERE ${isThisKey}`,
        [after.step, after.description ?? null, ...params(key)],
      );
      await this.audit(sql, 'key.change', by, before, after);
      const { suspended, ratePerSecond } = after;
      await writeControl(sql, key, { ...control, suspended, ratePerSecond });
      return after;
    });
  }

  advance(
    key: string,
    to: { to: bigint } | { by: bigint },
    by: Operator,
    timeoutMs: number,
  ): Promise<AdminKey> {
    return this.changing(key, timeoutMs, async (sql, record, control) => {
      const before = shown(record, control);
      const next = 'to' in to ? to.to : before.maxId + to.by;
      if (next < before.maxId) throw advanceBackwards(key, before.maxId);
      if (next > MAX_ID_LIMIT) throw advanceBeyondEnd(key);
      await this.books.move(sql, record, next);
      await this.forgetRanges(sql, key);
      await this.books.journal.event(sql, {
        key,
        kind: 'advance',
        start: before.maxId,
        end: next,
        holder: by.actor,
        reason: by.reason ?? 'advanced by an operator',
      });
      const after = { ...before, maxId: next };
      await this.audit(sql, 'key.advance', by, before, after);
      return after;
    });
  }

  delete(key: string, by: Operator, timeoutMs: number): Promise<void> {
    return this.changing(key, timeoutMs, async (sql, record, control) => {
      const before = shown(record, control);
      if (!control.suspended) throw keyNotSuspended(key);
      const { sql: isThisKey, params } = this.dialect.thisKey;
      await sql.run(`DELETE FROM leaf_alloc WHERE ${isThisKey}`, params(key));
      await this.forgetRanges(sql, key);
      await this.audit(sql, 'key.delete', by, before, undefined);
      const givenBelow = higher(before.maxId, control.givenBelow);
      await writeControl(sql, key, { ...NO_CONTROL, givenBelow });
    });
  }

  controls(revision: bigint | undefined, timeoutMs: number): Promise<KeyControls | undefined> {
    return this.database.within(timeoutMs, (sql) => this.orNothing(readAllControls(sql, revision)));
  }

  /** Where our tables are missing nothing is laid down, and nothing can be. */
  private async orNothing<T>(reading: Promise<T>): Promise<T | undefined> {
    try {
      return await reading;
    } catch (error) {
      if (this.books.dialect.isMissing(error)) return undefined;
      throw error;
    }
  }

  /** The row first: whoever deletes or makes the same key at the same time waits for it. */
  private async insert(sql: SqlSession, wanted: NewKey, by: Operator): Promise<AdminKey> {
    const { key, start, step, description } = wanted;
    await sql.run(
      'INSERT INTO leaf_alloc (biz_tag, max_id, step, description) VALUES (?, ?, ?, ?)',
      [key, start, step, description ?? null],
    );
    const control = await readControl(sql, key);
    const record = { key, maxId: start, step, description };
    const maxId = higher(start, control.givenBelow);
    await this.books.move(sql, record, maxId);
    // Of a key of this name whose row somebody has deleted by hand.
    await this.forgetRanges(sql, key);
    await sql.run('DELETE FROM idun_lease WHERE biz_tag = ?', [key]);
    const after = shown({ ...record, maxId }, NO_CONTROL);
    await this.audit(sql, 'key.create', by, undefined, after);
    if (control !== NO_CONTROL) await writeControl(sql, key, NO_CONTROL);
    return after;
  }

  /** Another key that is the same one to the table's collation, or this key itself. */
  private async whyTaken(sql: SqlSession, key: string): Promise<Error> {
    const { rows } = await sql.run('SELECT biz_tag FROM leaf_alloc WHERE biz_tag = ?', [key]);
    const other = rows[0]?.['biz_tag'];
    return typeof other !== 'string' || other === key ? keyExists(key) : keyTakenFor(key, other);
  }

  private within<T>(
    key: string,
    timeoutMs: number,
    work: (sql: SqlSession) => Promise<T>,
  ): Promise<T> {
    if (LONE_SURROGATE.test(key)) return Promise.reject(keyNotFound(key));
    return this.database.within(timeoutMs, work);
  }

  /** In one transaction that has locked the key. */
  private changing<T>(
    key: string,
    timeoutMs: number,
    work: (sql: SqlSession, record: KeyRecord, control: ControlRow) => Promise<T>,
  ): Promise<T> {
    return this.within(key, timeoutMs, async (sql) => {
      try {
        return await sql.transaction(async () => {
          const record = await this.books.dialect.lock(sql, key);
          if (!record) throw keyNotFound(key);
          return work(sql, record, await readControl(sql, key));
        });
      } catch (error) {
        throw this.dialect.isNotConvertible(error) ? keyNotStorable(key, error) : error;
      }
    });
  }

  /** None of them is given any more, and none that nodes still have is put back into the counter. */
  private async forgetRanges(sql: SqlSession, key: string): Promise<void> {
    // As after a heal: what nodes have seen of the key counts no more, and what they still hold is not put back.
    await this.books.dialect.count(sql, key, 0n, LEASES_OF_A_HEAL);
    await dropFreeRanges(sql, key);
  }

  private audit(
    sql: SqlSession,
    action: AuditEntry['action'],
    by: Operator,
    before: AdminKey | undefined,
    after: AdminKey | undefined,
  ): Promise<void> {
    const { actor, reason } = by;
    const subject = (before ?? after)!.key;
    const states = { before: stateOf(before), after: stateOf(after) };
    return insertAudit(sql, this.books.dialect, { action, subject, actor, reason, ...states });
  }
}

const chosen = <T>(wanted: T | null | undefined, before: T | undefined): T | undefined =>
  wanted === undefined ? before : (wanted ?? undefined);

const higher = (a: bigint, b: bigint | undefined): bigint => (b !== undefined && b > a ? b : a);
