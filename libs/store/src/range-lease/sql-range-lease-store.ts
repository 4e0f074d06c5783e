import {
  fromNotInLease,
  idempotencyConflict,
  keyNotFound,
  leaseNotFound,
  leaseReturned,
  MAX_ID_LIMIT,
  noRangeLeft,
  type KeyRecord,
  type LeaseOrder,
  type LeaseRecord,
  type RangeLeaseStore,
  type ReturnOrder,
  type SegmentRange,
} from '#core';
import type { SqlDatabase, SqlSession } from '../sql/sql-database.js';
import { LONE_SURROGATE, positive, type SegmentDialect } from '../sql/sql-segment-store.js';
import { addFreeRange, takeFreeRange } from './free-ranges.js';
import { LeaseRows, type LeaseRow } from './lease-rows.js';

/** What may be the name of a lease at all. */
const LEASE_ID = /^[\x21-\x7e]{1,36}$/;

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

  /** `nowMs`: SQL for the time in milliseconds since the Unix epoch, an integer. */
  constructor(
    private readonly database: SqlDatabase,
    private readonly keys: SegmentDialect,
    nowMs: string,
  ) {
    this.leases = new LeaseRows(nowMs);
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
    if (!LEASE_ID.test(order.leaseId)) throw leaseNotFound();
    return this.database.within(timeoutMs, async (sql) => {
      // Not in the transaction, where what is read first decides on the state that is seen: the lock has to be first.
      const lease = await this.leases.find(sql, order.leaseId);
      assertReturnable(lease, order);
      return sql.transaction(() => this.takeBack(sql, lease, order.from));
    });
  }

  async prune(limit: number, timeoutMs: number): Promise<number> {
    return this.database.within(timeoutMs, (sql) => this.leases.prune(sql, limit));
  }

  private async findOrGive(sql: SqlSession, order: LeaseOrder): Promise<LeaseRecord> {
    const { key, requestId } = order;
    const record = await this.keys.lock(sql, key);
    if (!record) throw keyNotFound(key);
    // Under the lock: a repetition that comes at the same time waits for it and then finds the lease.
    const earlier =
      requestId === undefined ? undefined : await this.leases.findRequest(sql, key, requestId);
    if (earlier) return replayed(earlier, order.size);
    const range = await this.give(sql, record, BigInt(order.size));
    await this.leases.insert(sql, order, range);
    return { leaseId: order.leaseId, key, ...range };
  }

  private async give(sql: SqlSession, record: KeyRecord, size: bigint): Promise<SegmentRange> {
    const { key } = record;
    const start = positive(record.maxId);
    const free = await takeFreeRange(sql, key, size, start);
    if (free) return free;
    const end = start + size;
    if (end > MAX_ID_LIMIT) throw noRangeLeft(key, Number(size));
    await this.move(sql, record, end);
    return { start, end };
  }

  /** What becomes of the rest of a lease, which from here on is nobody's. */
  private async takeBack(sql: SqlSession, lease: LeaseRow, from: bigint): Promise<number> {
    const { key, end, leaseId } = lease;
    const record = await this.keys.lock(sql, key);
    if (!(await this.leases.close(sql, leaseId, from))) throw leaseReturned();
    // A counter below the lease was set back since, and will give these ids by itself.
    if (from === end || !record || record.maxId < end) return 0;
    // Nothing above is given or free, so the counter may go on from here.
    if (record.maxId === end) await this.move(sql, record, from);
    else await addFreeRange(sql, key, { start: from, end });
    return Number(end - from);
  }

  private async move(sql: SqlSession, { key, maxId }: KeyRecord, next: bigint): Promise<void> {
    if (!(await this.keys.move(sql, key, maxId, next))) {
      throw new Error(`key '${key}' changed under its lock`);
    }
  }
}

function assertReturnable(
  lease: LeaseRow | undefined,
  { from, key }: ReturnOrder,
): asserts lease is LeaseRow {
  if (!lease || (key !== undefined && key !== lease.key)) throw leaseNotFound();
  if (lease.isReturned) throw leaseReturned();
  if (from < lease.start || from > lease.end) throw fromNotInLease(lease.start, lease.end);
}

function replayed(lease: LeaseRow, size: number): LeaseRecord {
  if (lease.end - lease.start !== BigInt(size)) {
    throw idempotencyConflict(Number(lease.end - lease.start));
  }
  if (lease.isReturned) throw leaseReturned();
  const { leaseId, key, start, end } = lease;
  return { leaseId, key, start, end };
}
