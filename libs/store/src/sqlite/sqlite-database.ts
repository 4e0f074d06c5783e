import { setTimeout as delay } from 'node:timers/promises';
import libsql from 'libsql';
import { DataSource, QueryResult } from 'typeorm';
import { MIGRATIONS_TABLE } from '../migrations/names.js';
import { SQLITE_MIGRATIONS } from '../migrations/index.js';
import { Deadline } from '../sql/deadline.js';
import {
  rowsOf,
  unavailable,
  type SqlDatabase,
  type SqlResult,
  type SqlSession,
  type SqlStatement,
  type SqlValue,
} from '../sql/sql-database.js';
import { isBusy } from './sqlite-errors.js';

/** The driver blocks the event loop while it waits for a lock, so it waits this long and the rest is ours. */
const BLOCKING_WAIT_MS = 10;

/** The driver's connection. */
interface Connection {
  pragma(text: string): unknown;
  prepare(sql: string): { run(...params: unknown[]): { changes: number } };
  transaction(work: () => void): { immediate(): void };
}

/** Undoes a transaction whose statement did not find its row. */
class RowNotFound extends Error {}

/** One connection to one file. Its statements run synchronously, so none can time out half-way. */
export class SqliteDatabase implements SqlDatabase {
  readonly dataSource: DataSource;
  private connection: Connection | undefined;
  private closed = false;

  constructor(path: string) {
    this.dataSource = new DataSource({
      type: 'better-sqlite3',
      driver: libsql,
      database: path,
      timeout: BLOCKING_WAIT_MS,
      prepareDatabase: (database: Connection) => {
        this.connection = database;
        database.pragma(`busy_timeout = ${BLOCKING_WAIT_MS}`);
        database.pragma('journal_mode = WAL');
        // WAL alone means NORMAL, which forgets acknowledged commits at a power cut.
        database.pragma('synchronous = FULL');
      },
      logging: false,
      migrations: [...SQLITE_MIGRATIONS],
      migrationsTableName: MIGRATIONS_TABLE,
    });
  }

  /** Opens the file and creates its folder, once. May be called again after a failure. */
  async open(): Promise<void> {
    if (this.dataSource.isInitialized || this.closed) return;
    await this.dataSource.initialize();
    if (this.closed) await this.close();
  }

  async within<T>(timeoutMs: number, work: (sql: SqlSession) => Promise<T>): Promise<T> {
    const deadline = new Deadline(timeoutMs);
    let isOver = false;
    const remainingMs = () => (isOver ? 0 : deadline.remainingMs);
    try {
      return await deadline.race(
        work({
          run: (sql, params = []) => this.retry(() => this.execute(sql, params), remainingMs),
          together: (statements) => this.retry(async () => this.transact(statements), remainingMs),
        }),
      );
    } catch (error) {
      throw unavailable(error);
    } finally {
      isOver = true;
      deadline.clear();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  /** Repeating is safe: what met a lock was not carried out. */
  private async retry<T>(attempt: () => Promise<T>, remainingMs: () => number): Promise<T> {
    for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 20)) {
      if (remainingMs() === 0) throw new Error('the time of this call is over');
      try {
        // oxlint-disable-next-line no-await-in-loop -- until it succeeds
        return await attempt();
      } catch (error) {
        const pauseMs = waitMs * (0.5 + Math.random());
        const leftMs = remainingMs() - pauseMs - BLOCKING_WAIT_MS;
        if (!isBusy(error) || leftMs <= 0) throw error;
        // oxlint-disable-next-line no-await-in-loop
        await delay(pauseMs);
      }
    }
  }

  /** In one turn of the event loop: the connection is shared, and nobody else's statement may come in between. */
  private transact(statements: readonly SqlStatement[]): boolean {
    const { connection } = this;
    if (this.closed || !connection) throw new Error('the database is closed');
    const transaction = connection.transaction(() => {
      for (const { sql, params } of statements) {
        const { changes } = connection.prepare(sql).run(...params.map(bound));
        if (changes !== 1) throw new RowNotFound();
      }
    });
    try {
      transaction.immediate();
      return true;
    } catch (error) {
      if (error instanceof RowNotFound) return false;
      throw error;
    }
  }

  private async execute(sql: string, params: readonly SqlValue[]): Promise<SqlResult> {
    // The driver goes on serving from prepared statements of a closed database.
    if (this.closed || !this.dataSource.isInitialized) throw new Error('the database is closed');
    const result: unknown = await this.dataSource
      .createQueryRunner()
      .query(sql, params.map(bound), true);
    if (!(result instanceof QueryResult)) throw new TypeError('not a structured result');
    return { rows: rowsOf(result.records), affected: result.affected ?? 0, insertId: 0n };
  }
}

/** The driver binds every plain number as a float. */
function bound(value: SqlValue): SqlValue {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
}
