import type { PoolConnection } from 'mysql2';
import { isDeadlock } from './mysql-errors.js';
import { sessionIsOn } from './server-identity.js';
import { rowsOf, type SqlResult, type SqlSession, type SqlValue } from '../sql/sql-database.js';

export interface MySqlSession extends SqlSession {
  /** A statement is under way, so the connection cannot be used for anything else. */
  readonly busy: boolean;
  /** A transaction was begun and neither committed nor undone: only the end of the connection undoes it. */
  readonly unfinished: boolean;
  /** Refuses what unheard work may still try: the connection belongs to somebody else now. */
  end(): void;
}

const MAX_ATTEMPTS = 5;

/**
 * A node that sleeps, or is cut off, within a transaction holds its locks until the server ends the connection: this
 * long after the last statement, where the server's own default is eight hours.
 */
const IDLE_IN_TRANSACTION_SECONDS = 5;

export function sessionOver(connection: PoolConnection): MySqlSession {
  let pending = 0;
  let ended = false;
  let unfinished = false;

  async function run(sql: string, params: readonly SqlValue[] = []): Promise<SqlResult> {
    if (ended) throw new Error('the operation is over');
    pending++;
    return new Promise<SqlResult>((resolve, reject) => {
      // Not the driver's `timeout`: it calls back and leaves the connection waiting for the reply.
      connection.query(sql, [...params], (error, reply) => {
        pending--;
        if (error) reject(error);
        else resolve(resultOf(reply));
      });
    });
  }

  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    unfinished = true;
    try {
      await run('START TRANSACTION');
      const result = await work();
      await run('COMMIT');
      unfinished = false;
      return result;
    } catch (error) {
      await run('ROLLBACK').then(
        () => (unfinished = false),
        // The connection is gone, and the transaction with it.
        () => undefined,
      );
      throw error;
    }
  }

  const session: MySqlSession = {
    get busy() {
      return pending > 0;
    },
    get unfinished() {
      return unfinished;
    },
    end() {
      ended = true;
    },
    run,
    async transaction(work) {
      await run(`SET SESSION wait_timeout = ${IDLE_IN_TRANSACTION_SECONDS}`);
      try {
        return await untilNoDeadlock(() => attempt(work));
      } finally {
        // Only a connection that is gone refuses it, and what was committed is committed.
        await run('SET SESSION wait_timeout = DEFAULT').catch(() => undefined);
      }
    },
  };
  sessionIsOn(session, connection);
  return session;
}

/** Who lost a deadlock was undone whole by the server, at its end too. */
async function untilNoDeadlock<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- until it succeeds
      return await attempt();
    } catch (error) {
      if (!isDeadlock(error) || attempts === MAX_ATTEMPTS) throw error;
    }
  }
}

function resultOf(reply: unknown): SqlResult {
  if (Array.isArray(reply)) return { rows: rowsOf(reply), affected: 0, insertId: 0n };
  const header: object = typeof reply === 'object' && reply !== null ? reply : {};
  return {
    rows: [],
    affected: Number(Reflect.get(header, 'affectedRows') ?? 0),
    insertId: BigInt(digits(Reflect.get(header, 'insertId'))),
  };
}

/** The driver gives large numbers as strings; a number that is not exact must not pass for an id. */
function digits(insertId: unknown): string | number {
  if (typeof insertId === 'string') return insertId;
  if (typeof insertId === 'number' && Number.isSafeInteger(insertId)) return insertId;
  throw new TypeError('the driver gave no exact insert id');
}
