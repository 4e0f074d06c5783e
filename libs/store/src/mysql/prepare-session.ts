import type { PoolConnection } from 'mysql2';
import { rowsOf, type SqlRow } from '../sql/sql-database.js';

/**
 * The server goes on waiting for a locked row for a caller who gave up and left, 50 s by itself: calls for one row that
 * somebody holds would take all of its connections. Longer than any caller here should wait.
 */
const LOCK_WAIT_SECONDS = 10;

const SESSION_SQL =
  `SET SESSION autocommit = 1, innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}, ` +
  "sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE," +
  "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'";

/** super_read_only, which MariaDB lacks, sets read_only too. Some clouds set only the other one on their replicas. */
const READ_ONLY_SQL =
  'SELECT @@global.read_only AS read_only, @@global.innodb_read_only AS innodb_read_only';

/**
 * Makes the settings of a session, the first thing that is sent on a new connection. Resolves to whether the server
 * takes writes, without asking where `mayBeReadOnly`. Rejects when it does not answer in time.
 */
export async function prepareSession(
  connection: PoolConnection,
  { timeoutMs, mayBeReadOnly }: { timeoutMs: number; mayBeReadOnly: boolean },
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error('The database accepted a connection and then said nothing.')),
      timeoutMs,
    );
  });
  // Both are sent in this very turn, before anything that the owner of the connection sends.
  const answers = [ask(connection, SESSION_SQL)];
  if (!mayBeReadOnly) answers.push(ask(connection, READ_ONLY_SQL));
  try {
    const [, check] = await Promise.race([Promise.all(answers), silence]);
    return Object.values(check?.[0] ?? {}).every(isOff);
  } finally {
    clearTimeout(timer);
  }
}

function ask(connection: PoolConnection, sql: string): Promise<SqlRow[]> {
  return new Promise((resolve, reject) => {
    connection.query(sql, (error, reply) => (error ? reject(error) : resolve(rowsOf(reply))));
  });
}

/** A number in most versions, a word in the newest MariaDB. */
function isOff(value: unknown): boolean {
  return ['0', 'OFF'].includes(String(value).toUpperCase());
}
