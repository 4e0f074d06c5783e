import {
  keyNotFound,
  type Allocation,
  type FreeRangeOrder,
  type FreeRangeStore,
  type HealOrder,
  type KeyRecord,
  type RewindableStore,
  type SegmentRange,
  type SegmentStore,
} from '#core';
import { SqlFreeRanges } from '../free-range/sql-free-ranges.js';
import { SqlRewinds } from '../rewind/sql-rewinds.js';
import type { RangeBooks } from './range-books.js';
import { SqlAllocator } from './sql-allocator.js';
import type { SegmentDatabases } from './sql-database.js';
import { LONE_SURROGATE, positive } from './sql-keys.js';

export class SqlSegmentStore implements SegmentStore, FreeRangeStore, RewindableStore {
  private readonly allocator: SqlAllocator;
  private readonly free: SqlFreeRanges;
  private readonly rewinds: SqlRewinds;

  constructor(
    private readonly databases: SegmentDatabases,
    private readonly books: RangeBooks,
    readonly passOver: (reason: string) => boolean,
  ) {
    this.allocator = new SqlAllocator(books);
    this.free = new SqlFreeRanges(databases, books);
    this.rewinds = new SqlRewinds(databases.lease, books);
  }

  async find(key: string, timeoutMs: number): Promise<KeyRecord | undefined> {
    if (LONE_SURROGATE.test(key)) return undefined;
    const record = await this.databases.allocation.within(timeoutMs, (sql) =>
      this.books.dialect.find(sql, key),
    );
    if (!record) return undefined;
    return { ...record, maxId: positive(record.maxId), step: Math.max(1, record.step) };
  }

  async allocate(key: string, size: number, timeoutMs: number): Promise<Allocation> {
    if (!Number.isSafeInteger(size) || size < 1) throw new RangeError(`segment size ${size}`);
    if (LONE_SURROGATE.test(key)) throw keyNotFound(key);
    return this.databases.allocation.within(timeoutMs, (sql) =>
      this.allocator.allocate(sql, key, BigInt(size)),
    );
  }

  async ping(timeoutMs: number): Promise<void> {
    await this.databases.allocation.within(timeoutMs, (sql) => sql.run('SELECT 1'));
  }

  takeFree(key: string, order: FreeRangeOrder, timeoutMs: number): Promise<Allocation | undefined> {
    return this.free.takeFree(key, order, timeoutMs);
  }

  giveBack(
    key: string,
    range: SegmentRange,
    leases: bigint | undefined,
    timeoutMs: number,
  ): Promise<number> {
    return this.free.giveBack(key, range, leases, timeoutMs);
  }

  dropFree(key: string, timeoutMs: number): Promise<void> {
    return this.free.dropFree(key, timeoutMs);
  }

  heal(order: HealOrder, timeoutMs: number): Promise<{ maxId: bigint; healed: boolean }> {
    return this.rewinds.heal(order, timeoutMs);
  }

  acceptServer(
    order: { seenEpoch: bigint; marginSteps: number; holder: string },
    timeoutMs: number,
  ): Promise<boolean> {
    return this.rewinds.acceptServer(order, timeoutMs);
  }
}
