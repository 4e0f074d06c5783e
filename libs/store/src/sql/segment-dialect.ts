import type { KeyRecord } from '#core';
import type { SqlSession } from './sql-database.js';

/** Where MySQL and SQLite differ in what they do with counters. All methods match the key as bytes. */
export interface SegmentDialect {
  /** SQL for the time in milliseconds since the Unix epoch, an integer. */
  readonly nowMs: string;
  /** What a SELECT in a transaction ends with, so that nobody else changes the row before its end. */
  readonly forUpdate: string;
  /** How an INSERT begins that does nothing where the row is there. */
  readonly insertIgnore: string;
  /**
   * SQL for all keys as `biz_tag`, with `start_id`, their max_id, and `end_id`, which is so many times their step ahead,
   * or their largest range where that is larger.
   */
  ahead(steps: bigint): string;

  /**
   * Adds `size` to max_id in one statement, only where the sum does not pass `MAX_ID_LIMIT`; a max_id below 1 counts
   * as 1. Gives the new max_id, undefined when no row was changed.
   */
  advance(sql: SqlSession, key: string, size: bigint): Promise<bigint | undefined>;
  /**
   * `advance` and `count` in one statement; not counted where `idun_key` lacks a row of the key. A database that has no
   * such statement needs a transaction.
   */
  readonly advanceCounted?: (
    sql: SqlSession,
    key: string,
    size: bigint,
  ) => Promise<{ end: bigint; isCounted: boolean } | undefined>;
  /** max_id as it stands, which may be below 1. */
  find(sql: SqlSession, key: string): Promise<KeyRecord | undefined>;
  /** `find` in a transaction, of a row that nobody else changes before its end. */
  lock(sql: SqlSession, key: string): Promise<KeyRecord | undefined>;
  /** Sets max_id from `seen` to `next`; false when it is not `seen`. */
  move(sql: SqlSession, key: string, seen: bigint, next: bigint): Promise<boolean>;

  /** Adds `ranges` to those of the key that were given, the largest of `size` ids. */
  count(sql: SqlSession, key: string, size: bigint, ranges?: bigint): Promise<void>;
  /** Moves every key to the `end_id` of `ahead`, and adds `ranges` to those that were given of each. */
  advanceAll(sql: SqlSession, steps: bigint, ranges: bigint): Promise<void>;
  /** A name of the server that this session is with. */
  identityOf(sql: SqlSession): Promise<string>;
  /** A table of ours is not there, or not for this account. */
  isMissing(error: unknown): boolean;
}
