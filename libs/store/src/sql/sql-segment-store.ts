import {
  keyExhausted,
  keyNotFound,
  MAX_ID_LIMIT,
  storeUnavailable,
  type KeyRecord,
  type SegmentRange,
  type SegmentStore,
} from '#core';
import type { SqlDatabase, SqlRow, SqlSession } from './sql-database.js';

/** Where MySQL and SQLite differ. All methods match the key as bytes. */
export interface SegmentDialect {
  /**
   * Adds `size` to max_id in one statement, only where the sum does not pass {@link MAX_ID_LIMIT}; a max_id
   * below 1 counts as 1. Gives the new max_id, undefined when no row was changed.
   */
  advance(sql: SqlSession, key: string, size: bigint): Promise<bigint | undefined>;
  /** max_id as it stands, which may be below 1. */
  find(sql: SqlSession, key: string): Promise<KeyRecord | undefined>;
  /** `find` in a transaction, of a row that nobody else changes before its end. */
  lock(sql: SqlSession, key: string): Promise<KeyRecord | undefined>;
  /** Sets max_id from `seen` to `next`; false when it is not `seen`. */
  move(sql: SqlSession, key: string, seen: bigint, next: bigint): Promise<boolean>;
}

/** Such a string has no bytes: encoded, it would be another key. */
export const LONE_SURROGATE = /\p{Surrogate}/u;

/** How often a statement that hit no row is tried anew when the row then looks as if it should have. */
const MAX_ATTEMPTS = 5;

export class SqlSegmentStore implements SegmentStore {
  constructor(
    private readonly database: SqlDatabase,
    private readonly dialect: SegmentDialect,
  ) {}

  async find(key: string, timeoutMs: number): Promise<KeyRecord | undefined> {
    if (LONE_SURROGATE.test(key)) return undefined;
    const record = await this.database.within(timeoutMs, (sql) => this.dialect.find(sql, key));
    if (!record) return undefined;
    return { ...record, maxId: positive(record.maxId), step: Math.max(1, record.step) };
  }

  async allocate(key: string, size: number, timeoutMs: number): Promise<SegmentRange> {
    if (!Number.isSafeInteger(size) || size < 1) throw new RangeError(`segment size ${size}`);
    if (LONE_SURROGATE.test(key)) throw keyNotFound(key);
    return this.database.within(timeoutMs, (sql) => this.advance(sql, key, BigInt(size)));
  }

  async ping(timeoutMs: number): Promise<void> {
    await this.database.within(timeoutMs, (sql) => sql.run('SELECT 1'));
  }

  private async advance(sql: SqlSession, key: string, size: bigint): Promise<SegmentRange> {
    let wanted = size;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      // oxlint-disable-next-line no-await-in-loop -- each step depends on the one before
      const end = await this.dialect.advance(sql, key, wanted);
      if (end !== undefined) return { start: end - wanted, end };
      // oxlint-disable-next-line no-await-in-loop
      const record = await this.dialect.find(sql, key);
      if (!record) throw keyNotFound(key);
      const left = MAX_ID_LIMIT - positive(record.maxId);
      if (left <= 0n) throw keyExhausted(key);
      wanted = left < size ? left : size;
    }
    throw storeUnavailable(new Error(`key '${key}' changed under ${MAX_ATTEMPTS} attempts`));
  }
}

export function positive(maxId: bigint): bigint {
  return maxId < 1n ? 1n : maxId;
}

/** A row of leaf_alloc, max_id as text: a driver would round what is beyond 2^53. */
export function keyRecord(key: string, row: SqlRow | undefined): KeyRecord | undefined {
  return (
    row && {
      key,
      maxId: BigInt(String(row['max_id'])),
      step: Number(row['step']),
      description: typeof row['description'] === 'string' ? row['description'] : undefined,
    }
  );
}
