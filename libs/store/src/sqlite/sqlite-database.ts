import { setTimeout as delay } from 'node:timers/promises';
import libsql from 'libsql';
import { DataSource, QueryResult } from 'typeorm';
import { Deadline } from '../sql/deadline.js';
import { Slots } from '../sql/slots.js';
import { MIGRATIONS_TABLE } from '../migrations/names.js';
import { SQLITE_MIGRATIONS } from '../migrations/index.js';
import {
  rowsOf,
  unavailable,
  type SqlDatabase,
  type SqlResult,
  type SqlSession,
  type SqlValue,
} from '../sql/sql-database.js';
import { isBusy } from './sqlite-errors.js';

/** The driver blocks the event loop while it waits for a lock, so it waits this long and the rest is ours. */
const BLOCKING_WAIT_MS = 10;

interface Pragmas {
  pragma(text: string): unknown;
}

/** One connection to one file. Its statements run synchronously, so none can time out half-way. */
export class SqliteDatabase implements SqlDatabase {
  readonly dataSource: DataSource;
  /** Held by the statement, or the transaction, that has the connection. */
  private readonly turn = new Slots(1);
  private closed = false;

  constructor(path: string) {
    this.dataSource = new DataSource({
      type: 'better-sqlite3',
      driver: libsql,
      database: path,
      timeout: BLOCKING_WAIT_MS,
      prepareDatabase(database: Pragmas) {
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
    try {
      return await work(this.session(deadline));
    } catch (error) {
      throw unavailable(error);
    } finally {
      deadline.clear();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    // A transaction under way ends first: it takes no more than its own few statements.
    const free = await this.turn.take();
    try {
      if (this.dataSource.isInitialized) await this.dataSource.destroy();
    } finally {
      free();
    }
  }

  private session(deadline: Deadline): SqlSession {
    let inTransaction = false;
    return {
      run: (sql, params = []) =>
        inTransaction
          ? this.execute(sql, params)
          : this.untilFree(deadline, () => this.execute(sql, params)),
      transaction: (work) =>
        this.untilFree(deadline, async () => {
          await this.execute('BEGIN IMMEDIATE', []);
          inTransaction = true;
          try {
            const result = await work();
            await this.execute('COMMIT', []);
            return result;
          } catch (error) {
            // It fails where SQLite has undone the transaction already, and only there.
            await this.execute('ROLLBACK', []).catch(() => undefined);
            throw error;
          } finally {
            inTransaction = false;
          }
        }),
    };
  }

  /**
   * Repeats `attempt` while another process has the lock: it is safe, as what met a lock was not carried out.
   * One attempt at a time: of others on this connection, a statement would become part of the transaction.
   */
  private async untilFree<T>(deadline: Deadline, attempt: () => Promise<T>): Promise<T> {
    for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 20)) {
      // oxlint-disable-next-line no-await-in-loop -- until it succeeds
      const free = await this.turn.take(deadline);
      try {
        // The driver goes on serving from prepared statements of a closed database.
        if (this.closed || !this.dataSource.isInitialized)
          throw new Error('the database is closed');
        // oxlint-disable-next-line no-await-in-loop
        return await attempt();
      } catch (error) {
        const pauseMs = waitMs * (0.5 + Math.random());
        const leftMs = deadline.remainingMs - pauseMs - BLOCKING_WAIT_MS;
        if (!isBusy(error) || leftMs <= 0) throw error;
        free();
        // oxlint-disable-next-line no-await-in-loop
        await delay(pauseMs);
      } finally {
        free();
      }
    }
  }

  private async execute(sql: string, params: readonly SqlValue[]): Promise<SqlResult> {
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
