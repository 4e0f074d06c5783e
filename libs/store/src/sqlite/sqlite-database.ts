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

/** One use of `within`. */
interface Call {
  deadline: Deadline;
  /** It has settled: what its work may still try is refused. */
  isOver: boolean;
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
    const call: Call = { deadline: new Deadline(timeoutMs), isOver: false };
    try {
      return await call.deadline.race(work(this.session(call)));
    } catch (error) {
      throw unavailable(error);
    } finally {
      call.isOver = true;
      call.deadline.clear();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    // A transaction under way ends first: it takes no more than its own few statements, and never more than its time.
    const free = await this.turn.take();
    try {
      if (this.dataSource.isInitialized) await this.dataSource.destroy();
    } finally {
      free();
    }
  }

  private session(call: Call): SqlSession {
    let inTransaction = false;
    const next = async (sql: string, params: readonly SqlValue[] = []) => {
      assertNotOver(call);
      return this.execute(sql, params);
    };
    const whole = async <T>(work: () => Promise<T>): Promise<T> => {
      inTransaction = true;
      try {
        // Others wait for the connection: work that does not end in time is undone and left behind.
        return await call.deadline.race(work());
      } finally {
        inTransaction = false;
      }
    };
    return {
      run: (sql, params) =>
        inTransaction ? next(sql, params) : this.untilFree(call, () => next(sql, params)),
      transaction: (work) =>
        this.untilFree(call, async () => {
          await next('BEGIN IMMEDIATE');
          try {
            const result = await whole(work);
            await next('COMMIT');
            return result;
          } catch (error) {
            // It fails where SQLite has undone the transaction already, and only there.
            await this.execute('ROLLBACK', []).catch(() => undefined);
            throw error;
          }
        }),
    };
  }

  /**
   * Repeats `attempt` while another process has the lock: it is safe, as what met a lock was not carried out.
   * One attempt at a time: of others on this connection, a statement would become part of the transaction.
   */
  private async untilFree<T>(call: Call, attempt: () => Promise<T>): Promise<T> {
    const { deadline } = call;
    for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 20)) {
      // oxlint-disable-next-line no-await-in-loop -- until it succeeds
      const free = await this.turn.take(deadline);
      try {
        // The driver goes on serving from prepared statements of a closed database.
        if (this.closed || !this.dataSource.isInitialized)
          throw new Error('the database is closed');
        assertNotOver(call);
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

/** By the clock too: a process that slept goes on before its timers fire. */
function assertNotOver({ deadline, isOver }: Call): void {
  if (isOver || deadline.remainingMs === 0) throw new Error('the time of this call is over');
}
