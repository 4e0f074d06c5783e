import type { KeyRecord } from '#core';
import type { SqlRow } from './sql-database.js';

/** Such a string has no bytes: encoded, it would be another key. */
export const LONE_SURROGATE = /\p{Surrogate}/u;

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

/** A column that was read as text, or small enough to be read as a number; undefined for NULL. */
export function idIn(row: SqlRow | undefined, column: string): bigint | undefined {
  const value = row?.[column];
  return typeof value === 'string' || typeof value === 'number' ? BigInt(value) : undefined;
}
