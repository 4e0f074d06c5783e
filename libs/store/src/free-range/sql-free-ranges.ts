import {
  LEASES_OF_A_HEAL,
  type Allocation,
  type FreeRangeOrder,
  type FreeRangeStore,
  type KeyRecord,
  type SegmentRange,
} from '#core';
import type { RangeBooks } from '../sql/range-books.js';
import { readCount } from '../sql/range-counts.js';
import { withProof } from '../sql/sql-allocator.js';
import type { SegmentDatabases, SqlSession } from '../sql/sql-database.js';
import { LONE_SURROGATE, positive } from '../sql/sql-keys.js';
import { addFreeRange, dropFreeRanges, hasFreeRange, takeLowestRange } from './free-range-rows.js';

/**
 * The free ranges of keys. Every transaction locks the row of the key first, as an allocation does, ours or that of a
 * Leaf, which knows nothing of our tables: see `SqlRangeLeaseStore`.
 */
export class SqlFreeRanges implements FreeRangeStore {
  constructor(
    private readonly databases: SegmentDatabases,
    private readonly books: RangeBooks,
  ) {}

  async takeFree(
    key: string,
    order: FreeRangeOrder,
    timeoutMs: number,
  ): Promise<Allocation | undefined> {
    const { floor, size } = order;
    if (!Number.isSafeInteger(size) || size < 1) throw new RangeError(`segment size ${size}`);
    if (LONE_SURROGATE.test(key)) return undefined;
    return this.databases.allocation.within(timeoutMs, (sql) =>
      this.whereTablesAre(undefined, async () => {
        // Most keys have none: then no row is locked. One too small counts, as it may show that the counter was set back.
        if (!(await hasFreeRange(sql, key, floor))) return undefined;
        return sql.transaction(() => this.takeLowest(sql, key, order));
      }),
    );
  }

  async giveBack(
    key: string,
    range: SegmentRange,
    leases: bigint | undefined,
    timeoutMs: number,
  ): Promise<number> {
    if (range.end <= range.start || LONE_SURROGATE.test(key)) return 0;
    return this.databases.lease.within(timeoutMs, (sql) =>
      this.whereTablesAre(0, () =>
        sql.transaction(async () => {
          const record = await this.books.dialect.lock(sql, key);
          await this.books.journal.returnedTail(sql, key, range);
          if (!record || !(await this.putBack(sql, record, range, leases))) return 0;
          return Number(range.end - range.start);
        }),
      ),
    );
  }

  async dropFree(key: string, timeoutMs: number): Promise<void> {
    if (LONE_SURROGATE.test(key)) return;
    await this.databases.lease.within(timeoutMs, (sql) =>
      this.whereTablesAre(undefined, () =>
        sql.transaction(async () => {
          await this.books.dialect.lock(sql, key);
          await dropFreeRanges(sql, key);
        }),
      ),
    );
  }

  private async takeLowest(
    sql: SqlSession,
    key: string,
    order: FreeRangeOrder,
  ): Promise<Allocation | undefined> {
    const record = await this.books.dialect.lock(sql, key);
    if (!record) return undefined;
    const maxId = positive(record.maxId);
    const range = await takeLowestRange(sql, key, order, maxId);
    if (!range) return undefined;
    const given = { key, kind: 'segment', ...range, maxIds: [maxId, maxId] } as const;
    return { ...range, ...withProof(await this.books.given(sql, given)) };
  }

  /** False where the ids are lost. */
  private async putBack(
    sql: SqlSession,
    record: KeyRecord,
    range: SegmentRange,
    leases: bigint | undefined,
  ): Promise<boolean> {
    const { key, maxId } = record;
    // A counter below the range was set back since, and will give these ids by itself.
    if (maxId < range.end) return false;
    const { leases: now } = await readCount(sql, key);
    // The store went back in time since, whether or not it was healed: the ids may be somebody else's as well.
    if (leases !== undefined && (now < leases || now - leases >= LEASES_OF_A_HEAL)) return false;
    if (maxId !== range.end || now !== leases) {
      return addFreeRange(sql, key, range);
    }
    await this.books.move(sql, record, range.start);
    await this.books.journal.movedBack(sql, key, maxId, range.start);
    return true;
  }

  /** An account that sees only `leaf_alloc` has no free ranges. */
  private async whereTablesAre<T>(otherwise: T, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.books.dialect.isMissing(error)) return otherwise;
      throw error;
    }
  }
}
