import {
  keyNotFound,
  leaseNotFound,
  leaseReturned,
  MAX_ID_LIMIT,
  noRangeLeft,
  type ClosedLease,
  type KeyRecord,
  type LeaseOrder,
  type LeaseRecord,
  type RangeLeaseStore,
  type ReturnOrder,
  type SegmentRange,
} from '#core';
import { addFreeRange, takeFreeRange } from '../free-range/free-range-rows.js';
import type { RangeBooks } from '../sql/range-books.js';
import { withProof } from '../sql/sql-allocator.js';
import type { SqlDatabase, SqlSession } from '../sql/sql-database.js';
import { LONE_SURROGATE, positive } from '../sql/sql-keys.js';
import { assertReturnable, LEASE_ID, replayed } from './lease-checks.js';
import { LeaseRows, type LeaseRow } from './lease-rows.js';

/** Of a lease that is being made. */
interface Given extends SegmentRange {
  isFromFree: boolean;
  maxIds: readonly [bigint, bigint];
}

/**
 * Leases in tables beside `leaf_alloc`.
 *
 * At every commit each id of a key is in one of three sets: at or above max_id; in a free range, below it; or given,
 * which is the rest. Every transaction here locks the row of the key first, as an allocation does, ours or that of a
 * Leaf, which knows nothing of our tables. So all that move an id from set to set come one after the other, and who
 * holds the lock sees what all before have done. No range is moved twice by a repetition: a lease is recorded under its
 * request id, and closed by its return, in the transaction that moves its ids.
 */
export class SqlRangeLeaseStore implements RangeLeaseStore {
  private readonly leases: LeaseRows;

  constructor(
    private readonly database: SqlDatabase,
    private readonly books: RangeBooks,
  ) {
    this.leases = new LeaseRows(books.dialect.nowMs);
  }

  async lease(order: LeaseOrder, timeoutMs: number): Promise<LeaseRecord> {
    if (!Number.isSafeInteger(order.size) || order.size < 1) {
      throw new RangeError(`lease size ${order.size}`);
    }
    if (LONE_SURROGATE.test(order.key)) throw keyNotFound(order.key);
    return this.database.within(timeoutMs, (sql) =>
      sql.transaction(() => this.findOrGive(sql, order)),
    );
  }

  async return(order: ReturnOrder, timeoutMs: number): Promise<number> {
    return this.withReturnable(order, timeoutMs, (sql, lease) =>
      this.takeBack(sql, lease, order.from),
    );
  }

  async close(order: ReturnOrder, timeoutMs: number): Promise<ClosedLease> {
    return this.withReturnable(order, timeoutMs, async (sql, { leaseId, key, end, claim }) => {
      await this.end(sql, leaseId, order.from);
      return { key, start: order.from, end, claim };
    });
  }

  async confirm(leaseId: string, claim: bigint | undefined, timeoutMs: number): Promise<boolean> {
    return this.database.within(timeoutMs, (sql) => this.leases.confirm(sql, leaseId, claim));
  }

  async void(leaseId: string, timeoutMs: number): Promise<boolean> {
    return this.database.within(timeoutMs, (sql) =>
      sql.transaction(async () => {
        const isGone = await this.leases.void(sql, leaseId);
        if (isGone) await this.books.journal.settleLease(sql, leaseId, 'superseded');
        return isGone;
      }),
    );
  }

  async prune(limit: number, timeoutMs: number): Promise<number> {
    return this.database.within(timeoutMs, (sql) => this.leases.prune(sql, limit));
  }

  private async findOrGive(sql: SqlSession, order: LeaseOrder): Promise<LeaseRecord> {
    const { key, requestId, leaseId } = order;
    const record = await this.books.dialect.lock(sql, key);
    if (!record) throw keyNotFound(key);
    // Under the lock: a repetition that comes at the same time waits for it and then finds the lease.
    const earlier =
      requestId === undefined ? undefined : await this.leases.findRequest(sql, key, requestId);
    if (earlier) return replayed(earlier, order.size);
    const given = await this.give(sql, record, BigInt(order.size));
    await this.leases.insert(sql, order, given);
    const { start, end, isFromFree, maxIds } = given;
    const proof = await this.books.given(sql, { key, kind: 'lease', start, end, leaseId, maxIds });
    const isConfirmed = !order.needsConfirmation;
    return { leaseId, key, start, end, isConfirmed, isFromFree, ...withProof(proof) };
  }

  private async give(sql: SqlSession, record: KeyRecord, size: bigint): Promise<Given> {
    const { key } = record;
    const start = positive(record.maxId);
    const free = await takeFreeRange(sql, key, size, start);
    if (free) return { ...free, isFromFree: true, maxIds: [start, start] };
    const end = start + size;
    if (end > MAX_ID_LIMIT) throw noRangeLeft(key, Number(size));
    await this.books.move(sql, record, end);
    return { start, end, isFromFree: false, maxIds: [start, end] };
  }

  private async withReturnable<T>(
    order: ReturnOrder,
    timeoutMs: number,
    work: (sql: SqlSession, lease: LeaseRow) => Promise<T>,
  ): Promise<T> {
    if (!LEASE_ID.test(order.leaseId)) throw leaseNotFound();
    return this.database.within(timeoutMs, async (sql) => {
      // Not in the transaction, where what is read first decides on the state that is seen: the lock has to be first.
      const lease = await this.leases.find(sql, order.leaseId);
      assertReturnable(lease, order);
      return sql.transaction(() => work(sql, lease));
    });
  }

  /** What becomes of the rest of a lease, which from here on is nobody's. */
  private async takeBack(sql: SqlSession, lease: LeaseRow, from: bigint): Promise<number> {
    const { key, end, leaseId } = lease;
    const record = await this.books.dialect.lock(sql, key);
    await this.end(sql, leaseId, from);
    // A counter below the lease was set back since, and will give these ids by itself.
    if (from === end || !record || record.maxId < end) return 0;
    // Nothing above is given or free, so the counter may go on from here.
    if (record.maxId === end) {
      await this.books.move(sql, record, from);
      await this.books.journal.movedBack(sql, key, end, from);
    } else if (!(await addFreeRange(sql, key, { start: from, end }))) return 0;
    return Number(end - from);
  }

  private async end(sql: SqlSession, leaseId: string, from: bigint): Promise<void> {
    if (!(await this.leases.close(sql, leaseId, from))) throw leaseReturned();
    await this.books.journal.settleLease(sql, leaseId, 'returned', from);
  }
}
