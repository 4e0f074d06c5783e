import { overlap, type FreeRangeOrder, type SegmentRange } from '#core';
import type { SqlSession } from '../sql/sql-database.js';
import { idIn } from '../sql/sql-keys.js';

/**
 * `idun_free_range`: ids of a key below its max_id that nobody has. Only for a transaction that has locked the key, so
 * nobody else changes its ranges meanwhile.
 */

/** The key is locked meanwhile, so no more ranges than this are looked at for one that is large enough. */
const MAX_LOOKED_AT = 1_000;

/**
 * Takes `size` ids in a row out of the smallest range that has them, so that what was given back goes to the next who
 * asks for as many. Two steps in an index, however many ranges there are.
 *
 * A range beyond `maxId` shows that the counter was set back, by a key that was deleted and made anew or a row put
 * back by hand. Then all ranges of the key are dropped: the counter will give their ids.
 */
export async function takeFreeRange(
  sql: SqlSession,
  key: string,
  size: bigint,
  maxId: bigint,
): Promise<SegmentRange | undefined> {
  // The highest start has the highest end, as ranges do not overlap.
  const { rows } = await sql.run(
    `SELECT CAST(t.highest_end AS CHAR) AS highest_end, CAST(f.start_id AS CHAR) AS start_id,
            CAST(f.size AS CHAR) AS size
     FROM (SELECT (SELECT start_id + size FROM idun_free_range WHERE biz_tag = ?
                   ORDER BY start_id DESC LIMIT 1) AS highest_end) t
     LEFT JOIN (SELECT start_id, size FROM idun_free_range WHERE biz_tag = ? AND size >= ?
                ORDER BY size, start_id LIMIT 1) f ON 1 = 1`,
    [key, key, size],
  );
  const { highest_end: highestEnd, start_id: found, size: length } = rows[0] ?? {};
  if (typeof highestEnd === 'string' && BigInt(highestEnd) > maxId) {
    await dropFreeRanges(sql, key);
    return undefined;
  }
  if (typeof found !== 'string') return undefined;
  const start = BigInt(found);
  const range = { start, end: start + size };
  await cut(sql, key, range, BigInt(String(length)));
  return range;
}

/** Whether there may be one that begins at or above `floor`; for that no lock is needed. */
export async function hasFreeRange(sql: SqlSession, key: string, floor: bigint): Promise<boolean> {
  const { rows } = await sql.run(
    'SELECT 1 FROM idun_free_range WHERE biz_tag = ? AND start_id >= ? LIMIT 1',
    [key, floor],
  );
  return rows.length > 0;
}

/** Takes from the lowest range that is as ordered. Drops all as `takeFreeRange` does. */
export async function takeLowestRange(
  sql: SqlSession,
  key: string,
  order: FreeRangeOrder,
  maxId: bigint,
): Promise<SegmentRange | undefined> {
  const { rows } = await sql.run(
    `SELECT CAST(h.start_id + h.size AS CHAR) AS highest_end, CAST(f.start_id AS CHAR) AS start_id,
            CAST(f.size AS CHAR) AS size
     FROM (SELECT start_id, size FROM idun_free_range WHERE biz_tag = ?
           ORDER BY start_id DESC LIMIT 1) h
     LEFT JOIN (SELECT start_id, size
                FROM (SELECT start_id, size FROM idun_free_range WHERE biz_tag = ? AND start_id >= ?
                      ORDER BY start_id LIMIT ${MAX_LOOKED_AT}) lowest
                WHERE size >= ? ORDER BY start_id LIMIT 1) f ON 1 = 1`,
    [key, key, order.floor, order.least],
  );
  const [highestEnd, start] = [idIn(rows[0], 'highest_end'), idIn(rows[0], 'start_id')];
  if (highestEnd !== undefined && highestEnd > maxId) {
    await dropFreeRanges(sql, key);
    return undefined;
  }
  if (start === undefined) return undefined;
  const [length, size] = [BigInt(String(rows[0]!['size'])), BigInt(order.size)];
  const range = { start, end: start + (length < size ? length : size) };
  await cut(sql, key, range, length);
  return range;
}

export async function dropFreeRanges(sql: SqlSession, key: string): Promise<void> {
  await sql.run('DELETE FROM idun_free_range WHERE biz_tag = ?', [key]);
}

/**
 * Ranges that touch become one, so that what was given in pieces can be given as a whole again. False where some of the
 * ids are free already: the store went back in time, and nobody can say whose they are. Then all of the key are dropped.
 */
export async function addFreeRange(
  sql: SqlSession,
  key: string,
  range: SegmentRange,
): Promise<boolean> {
  const { start, end } = range;
  const { rows } = await sql.run(
    `SELECT CAST(start_id AS CHAR) AS start_id, CAST(start_id + size AS CHAR) AS end_id
     FROM idun_free_range WHERE biz_tag = ? AND start_id <= ? ORDER BY start_id DESC LIMIT 2`,
    [key, end],
  );
  const neighbours = rows.map((row) => ({
    start: idIn(row, 'start_id')!,
    end: idIn(row, 'end_id')!,
  }));
  if (neighbours.some((each) => overlap(each, range))) {
    await dropFreeRanges(sql, key);
    return false;
  }
  const below = neighbours.find((each) => each.end === start);
  const above = neighbours.find((each) => each.start === end);
  for (const each of [below, above]) {
    // oxlint-disable-next-line no-await-in-loop -- two at most
    if (each) await remove(sql, key, each.start);
  }
  const merged = { start: below?.start ?? start, end: above?.end ?? end };
  await sql.run('INSERT INTO idun_free_range (biz_tag, start_id, size) VALUES (?, ?, ?)', [
    key,
    merged.start,
    merged.end - merged.start,
  ]);
  return true;
}

/** Takes `range` from the beginning of the free range that is `length` long. */
async function cut(
  sql: SqlSession,
  key: string,
  { start, end }: SegmentRange,
  length: bigint,
): Promise<void> {
  const left = length - (end - start);
  if (left === 0n) return remove(sql, key, start);
  const { affected } = await sql.run(
    'UPDATE idun_free_range SET start_id = ?, size = ? WHERE biz_tag = ? AND start_id = ?',
    [end, left, key, start],
  );
  assertThere(affected, key, start);
}

async function remove(sql: SqlSession, key: string, start: bigint): Promise<void> {
  const { affected } = await sql.run(
    'DELETE FROM idun_free_range WHERE biz_tag = ? AND start_id = ?',
    [key, start],
  );
  assertThere(affected, key, start);
}

/** An operator may delete rows at any time, and their ids are never given then. */
function assertThere(affected: number, key: string, start: bigint): void {
  if (affected !== 1) throw new Error(`the free range at ${start} of key '${key}' is gone`);
}
