import type { PoolConnection } from 'mysql2';
import type { DataSource } from 'typeorm';
import type { MySqlTarget } from '../database-url.js';
import { Deadline } from '../sql/deadline.js';
import { Slots } from '../sql/slots.js';
import { unavailable, type SqlDatabase, type SqlSession } from '../sql/sql-database.js';
import { MySqlConnections } from './mysql-connections.js';
import { createMySqlDataSource, type MySqlPoolName } from './mysql-data-source.js';
import { explained, isFatal, isReadOnly } from './mysql-errors.js';
import type { MySqlHosts } from './mysql-hosts.js';
import { sessionOver } from './mysql-session.js';

/**
 * Attempts that a dead network swallowed hold their places in the pool for so long after it is back; a server on
 * another continent needs most of a second.
 */
const CONNECT_TIMEOUT_MS = 1_500;
/** Where another server may have taken over, a silent one is left sooner. */
const CONNECT_TIMEOUT_OF_SEVERAL_MS = 1_000;

interface Borrowed {
  connection: PoolConnection;
  free: () => void;
}

/** A small pool of connections, each operation on one of them under a deadline that always holds. */
export class MySqlPool implements SqlDatabase {
  readonly dataSource: DataSource;
  private readonly connections: MySqlConnections;
  private readonly connectTimeoutMs: number;
  private readonly slots: Slots;
  private closed = false;

  constructor(
    target: MySqlTarget,
    private readonly hosts: MySqlHosts,
    name: MySqlPoolName,
    size: number,
  ) {
    this.slots = new Slots(size);
    this.connectTimeoutMs = hosts.areSeveral ? CONNECT_TIMEOUT_OF_SEVERAL_MS : CONNECT_TIMEOUT_MS;
    this.connections = new MySqlConnections(hosts, this.connectTimeoutMs);
    this.dataSource = createMySqlDataSource({
      target,
      name,
      poolSize: size,
      onPool: (pool) => this.connections.watch(pool),
      connectTimeoutMs: this.connectTimeoutMs,
      openSocket: () => this.connections.openSocket(),
    });
  }

  /** Connects, once. Rejects within a few seconds when no server can be reached; may be called again. */
  async open(): Promise<void> {
    if (this.dataSource.isInitialized || this.closed) return;
    await this.hosts.attempt(() => this.initialize());
    if (this.closed) await this.close();
  }

  async within<T>(timeoutMs: number, work: (sql: SqlSession) => Promise<T>): Promise<T> {
    const deadline = new Deadline(timeoutMs);
    try {
      const borrowed = await this.borrow(deadline);
      return await this.use(borrowed, deadline, work);
    } catch (error) {
      throw unavailable(explained(error));
    } finally {
      deadline.clear();
    }
  }

  /** Drops every connection, in use or not. Statements under way fail, and may have been carried out. */
  reset(reason: string): void {
    this.connections.destroyAll(new Error(reason));
  }

  async close(): Promise<void> {
    this.closed = true;
    if (!this.dataSource.isInitialized) return;
    const deadline = new Deadline(500);
    try {
      await deadline.race(this.dataSource.destroy());
    } catch {
      // A server that does not answer does not say goodbye either.
    } finally {
      deadline.clear();
      this.reset('the store is closed');
    }
  }

  private async initialize(): Promise<void> {
    const deadline = new Deadline(this.connectTimeoutMs + 1_000);
    try {
      await deadline.race(this.dataSource.initialize());
    } catch (error) {
      this.reset('connecting failed');
      throw error;
    } finally {
      deadline.clear();
    }
  }

  private async borrow(deadline: Deadline): Promise<Borrowed> {
    const free = await this.slots.take(deadline);
    const connecting = this.connections.obtain();
    try {
      return { connection: await deadline.race(connecting), free };
    } catch (error) {
      // A connection that comes too late goes back to the pool. The slot is held until then, so that callers cannot
      // pile up attempts to connect.
      connecting.then(
        (connection) => {
          this.connections.release(connection);
          free();
        },
        () => free(),
      );
      throw error;
    }
  }

  private async use<T>(
    { connection, free }: Borrowed,
    deadline: Deadline,
    work: (sql: SqlSession) => Promise<T>,
  ): Promise<T> {
    const session = sessionOver(connection);
    try {
      const result = await deadline.race(work(session));
      this.connections.answered(connection);
      this.connections.release(connection);
      return result;
    } catch (error) {
      if (session.busy) this.connections.silent(connection);
      // A server that became a replica: the next connection may lead to the new primary.
      else if (isReadOnly(error)) this.connections.readOnly(connection);
      else if (session.unfinished || isFatal(error)) this.connections.destroy(connection);
      else this.connections.release(connection);
      throw error;
    } finally {
      session.end();
      free();
    }
  }
}
