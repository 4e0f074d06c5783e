import type { Client } from 'node-zookeeper-client';
import { IdunError } from '#contracts';
import { storeUnavailable } from '#core';
import { ZooKeeperConnection } from './zookeeper-connection.js';
import { ZooKeeperNodes } from './zookeeper-nodes.js';

export interface ZooKeeperLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface ZooKeeperSessionOptions {
  connectString: string;
  sessionTimeoutMs: number;
  log: ZooKeeperLog;
}

/** After so many session times without a server a new session is asked for: the old one may be unknown by then. */
const FORSAKEN_AFTER = 2;

/**
 * A session that is replaced by a new one when it has expired. Connects in the background, for ever.
 */
export class ZooKeeperSession {
  private connection: ZooKeeperConnection;
  private readonly live = new Set<AbortController>();
  private readonly waiting = new Set<() => void>();
  private readonly newSession = new Set<() => void>();
  private readonly forsaken: NodeJS.Timeout;
  private connectedAtMs = performance.now();
  private sessionId = '';
  private isClosed = false;

  constructor(private readonly options: ZooKeeperSessionOptions) {
    this.connection = this.connect();
    const { sessionTimeoutMs } = options;
    this.forsaken = setInterval(() => {
      if (this.connection.isConnected) this.connectedAtMs = performance.now();
      else if (performance.now() - this.connectedAtMs > FORSAKEN_AFTER * sessionTimeoutMs) {
        this.renew('no server was reached');
      }
    }, sessionTimeoutMs / 2);
  }

  /** Resolves with the first connection; rejects only when it is closed before. */
  async ready(): Promise<void> {
    const controller = new AbortController();
    this.live.add(controller);
    try {
      await this.connected(controller.signal);
    } finally {
      this.live.delete(controller);
    }
  }

  /** Called at every session but the first, which has none of the ephemeral nodes of the one before. */
  onNewSession(listener: () => void): void {
    this.newSession.add(listener);
  }

  /**
   * Runs `work` and settles within `timeoutMs`, whatever the servers do.
   * @throws IdunError of `work`, else `STORE_UNAVAILABLE`
   */
  async within<T>(timeoutMs: number, work: (nodes: ZooKeeperNodes) => Promise<T>): Promise<T> {
    if (this.isClosed) throw storeUnavailable(closed());
    const startedMs = performance.now();
    const controller = new AbortController();
    const { signal } = controller;
    this.live.add(controller);
    // Not unreferenced: a caller is waiting, and the process must not end before it has its answer.
    const timer = setTimeout(() => {
      this.connection.suspect(startedMs);
      controller.abort(new Error(`ZooKeeper did not answer within ${Math.round(timeoutMs)} ms.`));
    }, timeoutMs);
    try {
      return await Promise.race([work(new ZooKeeperNodes(this, signal)), aborted(signal)]);
    } catch (error) {
      throw error instanceof IdunError ? error : storeUnavailable(error);
    } finally {
      clearTimeout(timer);
      this.live.delete(controller);
      // Whatever `work` would still send is not sent.
      controller.abort(new Error('The call is over.'));
    }
  }

  async connected(signal: AbortSignal): Promise<Client> {
    if (this.isClosed) throw closed();
    while (!this.connection.isConnected) {
      signal.throwIfAborted();
      // oxlint-disable-next-line no-await-in-loop -- a connection may be gone again by the time it is heard of
      await this.nextConnection(signal);
    }
    signal.throwIfAborted();
    return this.connection.client;
  }

  /** Gives up waiting callers and ends the session; settles within about a second. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.forsaken);
    for (const call of this.live) call.abort(closed());
    await this.connection.close();
  }

  private connect(): ZooKeeperConnection {
    const { connectString, sessionTimeoutMs } = this.options;
    const connection = new ZooKeeperConnection(connectString, sessionTimeoutMs, {
      connected: () => this.isUp(),
      over: (reason) => this.renew(reason),
    });
    connection.open();
    return connection;
  }

  private renew(reason: string): void {
    if (this.isClosed) return;
    this.options.log.warn({ reason }, 'The ZooKeeper session is over: asking for a new one');
    this.connection.abandon();
    this.connectedAtMs = performance.now();
    this.connection = this.connect();
  }

  private isUp(): void {
    const sessionId = this.connection.client.getSessionId().toString('hex');
    const isNew = this.sessionId !== '' && this.sessionId !== sessionId;
    if (this.sessionId !== sessionId) {
      this.options.log.info({ sessionId }, 'ZooKeeper session established');
    }
    this.sessionId = sessionId;
    for (const wake of this.waiting) wake();
    if (isNew) for (const listener of this.newSession) listener();
  }

  private nextConnection(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}

const closed = () => new Error('The ZooKeeper session was closed.');

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
