import { connect, Socket } from 'node:net';
import type { Pool, PoolConnection } from 'mysql2';
import type { MySqlHost } from '../database-url.js';
import type { MySqlHosts } from './mysql-hosts.js';
import { prepareSession } from './prepare-session.js';

const KEEP_ALIVE_DELAY_MS = 10_000;
const READ_ONLY = 'it is read-only';

interface Known {
  readonly host: MySqlHost;
  /** The session's settings are made; tells whether the server takes writes. */
  readonly prepared: Promise<boolean>;
  /** The generation in which the server answered last on it. */
  generation: number;
  /** Somebody has it. */
  inUse: boolean;
  /** Its server was passed over: it is not given out again, even if that server comes back. */
  isLeft: boolean;
}

/**
 * Every open connection of one data source, with what a driver's pool does not know of it.
 *
 * Once a statement got no answer, the other idle connections are as suspect as its own: after a fail-over each would
 * cost one more time-out. So a silence starts a new generation, and connections of an older one are not used again.
 */
export class MySqlConnections {
  private readonly known = new Map<PoolConnection, Known>();
  /** Sockets on which the handshake is not over, and where they lead. */
  private readonly connecting = new Map<Socket, MySqlHost>();
  private generation = 0;
  private pool: Pool | undefined;

  constructor(
    private readonly hosts: MySqlHosts,
    private readonly connectTimeoutMs: number,
  ) {
    hosts.onLeave((host, reason) => this.leave(host, reason));
  }

  /** The driver's `stream`: leads a new connection to the server that is the current one. */
  openSocket(): Socket {
    const host = this.hosts.current();
    const socket = connect({
      ...host,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
    });
    this.connecting.set(socket, host);
    socket.once('close', () => this.connecting.delete(socket));
    return socket;
  }

  watch(pool: Pool): void {
    this.pool = pool;
    // Emitted before the connection is handed out, so the session's settings are the first thing that it sends.
    pool.on('connection', (connection) => {
      const prepared = prepareSession(connection, {
        timeoutMs: this.connectTimeoutMs,
        // Where there is nowhere else to go, a server that only reads may still show what it has.
        mayBeReadOnly: !this.hosts.areSeveral,
      });
      prepared.catch(() => this.destroy(connection));
      const socket = socketOf(connection);
      const host = (socket && this.connecting.get(socket)) ?? this.hosts.current();
      if (socket) this.connecting.delete(socket);
      const { generation } = this;
      this.known.set(connection, { host, prepared, generation, inUse: false, isLeft: false });
      // Without a listener the loss of an idle connection would end the process.
      connection.on('error', () => this.known.delete(connection));
      connection.once('end', () => this.known.delete(connection));
    });
  }

  /** A connection that is fit for use. Rejects when no server gives one. */
  obtain(): Promise<PoolConnection> {
    return this.hosts.attempt(() => this.fit());
  }

  /** The server has just answered on this one. */
  answered(connection: PoolConnection): void {
    const known = this.known.get(connection);
    if (known) known.generation = this.generation;
  }

  /** Nobody uses this one any more. */
  release(connection: PoolConnection): void {
    const known = this.known.get(connection);
    if (!known || known.isLeft) return this.destroy(connection);
    known.inUse = false;
    connection.release();
  }

  /** The server did not answer on this one: it must never be used again. */
  silent(connection: PoolConnection): void {
    this.generation++;
    this.destroy(connection);
  }

  /** The server refused to write. */
  readOnly(connection: PoolConnection): void {
    const known = this.known.get(connection);
    this.destroy(connection);
    if (known) this.hosts.passOver(known.host, READ_ONLY);
  }

  destroy(connection: PoolConnection): void {
    this.known.delete(connection);
    connection.destroy();
    // The driver only says goodbye; a server that is stopped or cut off never hears it.
    socketOf(connection)?.destroy();
  }

  /** Every connection, and every attempt to get one. Who waits on one gets this error. */
  destroyAll(reason: Error): void {
    for (const socket of this.connecting.keys()) abort(socket, reason);
    for (const connection of this.known.keys()) {
      this.known.delete(connection);
      // Not by the driver: it would leave those who wait for an answer without a word.
      socketOf(connection)?.destroy(reason);
    }
  }

  /** What is under way may end; all else moves on at once. */
  private leave(host: MySqlHost, reason: string): void {
    for (const [socket, to] of this.connecting) {
      if (to === host) abort(socket, new Error(reason));
    }
    for (const [connection, known] of this.known) {
      if (known.host !== host) continue;
      known.isLeft = true;
      if (!known.inUse) this.destroy(connection);
    }
  }

  private async fit(): Promise<PoolConnection> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- each stale one makes room for a new one
      const connection = await this.fromPool();
      const known = this.known.get(connection);
      if (known?.generation !== this.generation || known.isLeft) {
        this.destroy(connection);
        continue;
      }
      known.inUse = true;
      // oxlint-disable-next-line no-await-in-loop
      if (await known.prepared) {
        this.hosts.settle(known.host);
        return connection;
      }
      this.destroy(connection);
      throw new Error(READ_ONLY);
    }
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
}

/**
 * Whoever waits for the connection gets the reason, unless the server has begun to speak: then it may have refused the
 * connection already, and the driver would throw a second error at nobody, which ends the process.
 */
function abort(socket: Socket, reason: Error): void {
  socket.destroy(socket.bytesRead === 0 ? reason : undefined);
}

function socketOf(connection: PoolConnection): Socket | undefined {
  const socket: unknown = Reflect.get(connection, 'stream');
  return socket instanceof Socket ? socket : undefined;
}
