import { keyNotFound, LEASES_OF_A_HEAL, MAX_ID_LIMIT, type HealOrder, type KeyRecord } from '#core';
import { dropFreeRanges } from '../free-range/free-range-rows.js';
import type { RangeBooks } from '../sql/range-books.js';
import { lockServer, putServer, readCount, type RangeCount } from '../sql/range-counts.js';
import type { SqlDatabase, SqlSession } from '../sql/sql-database.js';
import { LONE_SURROGATE, positive } from '../sql/sql-keys.js';

interface Healed {
  maxId: bigint;
  healed: boolean;
}

export interface AcceptOrder {
  seenEpoch: bigint;
  marginSteps: number;
  holder: string;
}

/** What is done to a store that has gone back in time. Rows are locked in one order everywhere: key, count, free ranges. */
export class SqlRewinds {
  constructor(
    private readonly database: SqlDatabase,
    private readonly books: RangeBooks,
  ) {}

  async heal(order: HealOrder, timeoutMs: number): Promise<Healed> {
    if (LONE_SURROGATE.test(order.key)) throw keyNotFound(order.key);
    return this.database.within(timeoutMs, async (sql) => {
      try {
        return await sql.transaction(() => this.healWhole(sql, order));
      } catch (error) {
        if (!this.books.dialect.isMissing(error)) throw error;
        return sql.transaction(() => this.healCounter(sql, order));
      }
    });
  }

  async acceptServer(order: AcceptOrder, timeoutMs: number): Promise<boolean> {
    return this.database.within(timeoutMs, async (sql) => {
      try {
        return await sql.transaction(() => this.accept(sql, order));
      } catch (error) {
        if (this.books.dialect.isMissing(error)) return false;
        throw error;
      }
    });
  }

  private async healWhole(sql: SqlSession, order: HealOrder): Promise<Healed> {
    const { key, seenLeases, holder, reason } = order;
    const record = await this.lock(sql, key);
    const count = await readCount(sql, key);
    if (record.maxId >= order.to && count.leases > seenLeases) {
      return { maxId: record.maxId, healed: false };
    }
    const maxId = target(order, record, count);
    await this.books.move(sql, record, maxId);
    // Other nodes may have seen more than the one that noticed.
    const behind = seenLeases > count.leases ? seenLeases - count.leases : 0n;
    await this.books.dialect.count(sql, key, 1n, behind + LEASES_OF_A_HEAL);
    await dropFreeRanges(sql, key);
    const passed = { start: positive(record.maxId), end: maxId };
    await this.books.journal.event(sql, { key, kind: 'rewind', ...passed, holder, reason });
    return { maxId, healed: true };
  }

  /** Where `leaf_alloc` is all there is. */
  private async healCounter(sql: SqlSession, order: HealOrder): Promise<Healed> {
    const record = await this.lock(sql, order.key);
    if (record.maxId >= order.to) return { maxId: record.maxId, healed: false };
    const maxId = target(order, record, { leases: 0n, largest: 0n });
    await this.books.move(sql, record, maxId);
    return { maxId, healed: true };
  }

  private async accept(sql: SqlSession, order: AcceptOrder): Promise<boolean> {
    const { dialect, journal } = this.books;
    const { seenEpoch, holder } = order;
    const steps = BigInt(order.marginSteps);
    const server = await dialect.identityOf(sql);
    const known = await lockServer(sql, dialect);
    if (!known || (known.identity === server && known.epoch >= seenEpoch)) return false;
    const epoch = (known.epoch > seenEpoch ? known.epoch : seenEpoch) + 1n;
    await putServer(sql, server, epoch);
    await this.lockAll(sql);
    const reason = `server ${server} with epoch ${epoch} in place of ${known.identity} with ${known.epoch}`;
    const event = { kind: 'server', holder, reason } as const;
    if (steps === 0n) {
      // The server before may have given more than this one knows of.
      const above = `SELECT a.biz_tag, a.start_id, ${MAX_ID_LIMIT} AS end_id FROM (${dialect.ahead(1n)}) a`;
      await journal.eventOfAll(sql, above, event);
      return true;
    }
    await journal.eventOfAll(sql, dialect.ahead(steps), event);
    await dialect.advanceAll(sql, steps, LEASES_OF_A_HEAL);
    await sql.run('DELETE FROM idun_free_range');
    return true;
  }

  /** For writing from the beginning: a lock that is raised later can meet somebody who waits in between. */
  private async lockAll(sql: SqlSession): Promise<void> {
    const { forUpdate } = this.books.dialect;
    await sql.run(`SELECT COUNT(*) AS n FROM leaf_alloc ${forUpdate}`);
    await sql.run(`SELECT COUNT(*) AS n FROM idun_key ${forUpdate}`);
  }

  private async lock(sql: SqlSession, key: string): Promise<KeyRecord> {
    const record = await this.books.dialect.lock(sql, key);
    if (!record) throw keyNotFound(key);
    return record;
  }
}

function target({ to, marginSteps }: HealOrder, record: KeyRecord, { largest }: RangeCount) {
  const step = BigInt(Math.max(1, record.step));
  const base = to > positive(record.maxId) ? to : positive(record.maxId);
  const end = base + BigInt(marginSteps) * (largest > step ? largest : step);
  return end > MAX_ID_LIMIT ? MAX_ID_LIMIT : end;
}
