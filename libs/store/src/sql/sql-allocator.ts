import {
  keyExhausted,
  keyNotFound,
  MAX_ID_LIMIT,
  storeUnavailable,
  type Allocation,
  type StoreProof,
} from '#core';
import type { RangeBooks } from './range-books.js';
import { readProof } from './range-counts.js';
import type { SqlSession } from './sql-database.js';
import { positive } from './sql-keys.js';

/** How often a statement that hit no row is tried anew when the row then looks as if it should have. */
const MAX_ATTEMPTS = 5;
/** Tables that were not there, or not for this account, are not asked for again with every allocation. */
const MISSING_FOR_MS = 5_000;

/** Takes ranges from the counter of a key. */
export class SqlAllocator {
  private plainUntilMs = 0;

  constructor(private readonly books: RangeBooks) {}

  /** With its proof where our own tables are there: a `leaf_alloc` alone gives ids as well. */
  async allocate(sql: SqlSession, key: string, size: bigint): Promise<Allocation> {
    if (performance.now() < this.plainUntilMs) return this.plain(sql, key, size);
    try {
      return await this.counted(sql, key, size);
    } catch (error) {
      // Such a statement was refused as a whole, and a transaction with it undone: nothing was taken.
      if (!this.books.dialect.isMissing(error)) throw error;
      this.plainUntilMs = performance.now() + MISSING_FOR_MS;
      return this.plain(sql, key, size);
    }
  }

  private plain(sql: SqlSession, key: string, size: bigint): Promise<Allocation> {
    const { dialect } = this.books;
    return this.untilTaken(sql, key, size, async (wanted) => {
      const end = await dialect.advance(sql, key, wanted);
      return end === undefined ? undefined : { start: end - wanted, end };
    });
  }

  private counted(sql: SqlSession, key: string, size: bigint): Promise<Allocation> {
    const { dialect, journal } = this.books;
    const { advanceCounted } = dialect;
    if (!advanceCounted || journal.isOn) return this.recorded(sql, key, size);
    return this.untilTaken(sql, key, size, async (wanted) => {
      const taken = await advanceCounted(sql, key, wanted);
      if (!taken) return undefined;
      const { end, isCounted } = taken;
      if (!isCounted) await dialect.count(sql, key, wanted);
      return { start: end - wanted, end, ...withProof(await this.proof(sql, key)) };
    });
  }

  private recorded(sql: SqlSession, key: string, size: bigint): Promise<Allocation> {
    const { dialect } = this.books;
    return this.untilTaken(sql, key, size, (wanted) =>
      sql.transaction(async () => {
        const end = await dialect.advance(sql, key, wanted);
        if (end === undefined) return undefined;
        const start = end - wanted;
        const range = { key, kind: 'segment', start, end, maxIds: [start, end] } as const;
        return { start, end, ...withProof(await this.books.given(sql, range)) };
      }),
    );
  }

  private async proof(sql: SqlSession, key: string): Promise<StoreProof | undefined> {
    try {
      return await readProof(sql, this.books.dialect, key);
    } catch (error) {
      // The range is taken already.
      if (this.books.dialect.isMissing(error)) return undefined;
      throw error;
    }
  }

  private async untilTaken(
    sql: SqlSession,
    key: string,
    size: bigint,
    take: (wanted: bigint) => Promise<Allocation | undefined>,
  ): Promise<Allocation> {
    let wanted = size;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      // oxlint-disable-next-line no-await-in-loop -- each step depends on the one before
      const taken = await take(wanted);
      if (taken !== undefined) return taken;
      // oxlint-disable-next-line no-await-in-loop
      const record = await this.books.dialect.find(sql, key);
      if (!record) throw keyNotFound(key);
      const left = MAX_ID_LIMIT - positive(record.maxId);
      if (left <= 0n) throw keyExhausted(key);
      wanted = left < size ? left : size;
    }
    throw storeUnavailable(new Error(`key '${key}' changed under ${MAX_ATTEMPTS} attempts`));
  }
}

/** An optional property is left out, not undefined. */
export function withProof(proof: StoreProof | undefined): { proof?: StoreProof } {
  return proof === undefined ? {} : { proof };
}
