import type { PoolConnection } from 'mysql2';
import {
  rowsOf,
  type SqlResult,
  type SqlSession,
  type SqlStatement,
  type SqlValue,
} from '../sql/sql-database.js';

export interface MySqlSession extends SqlSession {
  /** A statement is under way, so the connection cannot be used for anything else. */
  readonly busy: boolean;
  /** Refuses what unheard work may still try: the connection belongs to somebody else now. */
  end(): void;
}

export function sessionOver(connection: PoolConnection): MySqlSession {
  let pending = 0;
  let ended = false;
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
  return {
    get busy() {
      return pending > 0;
    },
    end() {
      ended = true;
    },
    run,
    async together(statements) {
      await run('START TRANSACTION');
      try {
        const isDone = await eachChangesOne(run, statements);
        await run(isDone ? 'COMMIT' : 'ROLLBACK');
        return isDone;
      } catch (error) {
        // One that is open would go back to the pool with its connection.
        await run('ROLLBACK');
        throw error;
      }
    },
  };
}

async function eachChangesOne(
  run: SqlSession['run'],
  statements: readonly SqlStatement[],
): Promise<boolean> {
  for (const { sql, params } of statements) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, on one connection
    if ((await run(sql, params)).affected !== 1) return false;
  }
  return true;
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
