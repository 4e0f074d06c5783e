import { IdunError } from '#contracts';
import { storeUnavailable } from '#core';
import { Deadline } from './deadline.js';
import type { Gate } from './gate.js';

export type SqlValue = string | number | bigint | null;
export type SqlRow = Record<string, unknown>;

export interface SqlResult {
  rows: SqlRow[];
  affected: number;
  /** MySQL's last insert id of an UPDATE or INSERT, exact; 0 elsewhere. */
  insertId: bigint;
}

/** One connection. Outside of `transaction` each statement is a transaction of its own. */
export interface SqlSession {
  run(sql: string, params?: readonly SqlValue[]): Promise<SqlResult>;

  /**
   * Runs `work`, whose statements happen together or not at all: they are undone when it rejects, and when the time of
   * the operation is over before the end was sent. An end that was sent and not answered may have happened, whole.
   * `work` is run anew when the server undid it in favour of another transaction, so it must have no effect elsewhere.
   */
  transaction<T>(work: () => Promise<T>): Promise<T>;
}

export interface SqlDatabase {
  /**
   * Runs `work` on one connection and settles within `timeoutMs`, whatever the server does. Passes on
   * an `IdunError` of `work`; every other failure becomes `STORE_UNAVAILABLE` with its cause.
   */
  within<T>(timeoutMs: number, work: (sql: SqlSession) => Promise<T>): Promise<T>;
}

export interface SegmentDatabases {
  /** Nothing waits behind it. */
  allocation: SqlDatabase;
  /** For transactions of several statements, which may wait for others. */
  lease: SqlDatabase;
}

/** The same database, usable only once `gate` has opened; callers before that wait within their time. */
export function behind(gate: Gate, database: SqlDatabase): SqlDatabase {
  return {
    async within(timeoutMs, work) {
      const deadline = new Deadline(timeoutMs);
      try {
        await gate.pass(deadline);
      } catch (error) {
        throw unavailable(gate.reason ?? error);
      } finally {
        deadline.clear();
      }
      return database.within(deadline.remainingMs, work);
    },
  };
}

export function unavailable(error: unknown): IdunError {
  return error instanceof IdunError ? error : storeUnavailable(error);
}

/** What a driver gives as rows, typed. */
export function rowsOf(reply: unknown): SqlRow[] {
  return Array.isArray(reply) ? reply.filter(isRow) : [];
}

function isRow(value: unknown): value is SqlRow {
  return typeof value === 'object' && value !== null;
}
