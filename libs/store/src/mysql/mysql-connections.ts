import { Socket } from 'node:net';
import type { Pool, PoolConnection } from 'mysql2';
import { CONNECT_TIMEOUT_MS } from './mysql-data-source.js';

/**
 * The server goes on waiting for a locked row for a caller who gave up and left, 50 s by itself: calls for one row that
 * somebody holds would take all of its connections. Longer than any caller here should wait.
 */
const LOCK_WAIT_SECONDS = 10;

const SESSION_SQL =
  `SET SESSION autocommit = 1, innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}, ` +
  "sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE," +
  "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'";

interface Known {
  /** The session's settings are made. */
  prepared: Promise<void>;
  /** The generation in which the server answered last on it. */
  generation: number;
}

/**
 * Every open connection of one data source, with what a driver's pool does not know of it.
 *
 * Once a statement got no answer, the other idle connections are as suspect as its own: after a fail-over each would
 * cost one more time-out. So a silence starts a new generation, and connections of an older one are not used again.
 */
export class MySqlConnections {
  private readonly known = new Map<PoolConnection, Known>();
  private generation = 0;
  private pool: Pool | undefined;

  watch(pool: Pool): void {
    this.pool = pool;
    // Emitted before the connection is handed out, so these settings are the first thing that it sends.
    pool.on('connection', (connection) => {
      const prepared = this.prepare(connection);
      prepared.catch(() => this.destroy(connection));
      this.known.set(connection, { prepared, generation: this.generation });
      // Without a listener the loss of an idle connection would end the process.
      connection.on('error', () => this.known.delete(connection));
      connection.once('end', () => this.known.delete(connection));
    });
  }

  /** A connection that is fit for use. Rejects when the server refuses one or does not answer. */
  async obtain(): Promise<PoolConnection> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- each stale one makes room for a new one
      const connection = await this.fromPool();
      const known = this.known.get(connection);
      if (known?.generation === this.generation) {
        // oxlint-disable-next-line no-await-in-loop
        await known.prepared;
        return connection;
      }
      this.destroy(connection);
    }
  }

  /** The server has just answered on this one. */
  answered(connection: PoolConnection): void {
    const known = this.known.get(connection);
    if (known) known.generation = this.generation;
  }

  /** The server did not answer on this one: it must never be used again. */
  silent(connection: PoolConnection): void {
    this.generation++;
    this.destroy(connection);
  }

  destroy(connection: PoolConnection): void {
    this.known.delete(connection);
    connection.destroy();
    // The driver only says goodbye; a server that is stopped or cut off never hears it.
    const socket: unknown = Reflect.get(connection, 'stream');
    if (socket instanceof Socket) socket.destroy();
  }

  destroyAll(): void {
    for (const connection of this.known.keys()) this.destroy(connection);
  }

  private fromPool(): Promise<PoolConnection> {
    return new Promise((resolve, reject) => {
      if (!this.pool) reject(new Error('The database was never connected.'));
      else
        this.pool.getConnection((error, connection) =>
          error ? reject(error) : resolve(connection),
        );
    });
  }

  private prepare(connection: PoolConnection): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error('The database accepted a connection and then said nothing.')),
        CONNECT_TIMEOUT_MS,
      );
      connection.query(SESSION_SQL, (error) => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve();
      });
    });
  }
}
