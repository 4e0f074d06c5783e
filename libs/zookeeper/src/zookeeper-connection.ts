import zookeeper, { type Client } from 'node-zookeeper-client';
import { CONNECTION_STATE, internalsOf, type ConnectionManager } from './client-internals.js';

export interface ConnectionListener {
  connected(): void;
  /** The session is no more, and this object with it. */
  over(reason: string): void;
}

/** How long a server may take from the first packet to the session. */
const HANDSHAKE_MS = 1_500;
/** The longest pause after all servers were tried. */
const MAX_PAUSE_MS = 250;
const CLOSE_MS = 500;
/** What a frame begins with. */
const LENGTH_BYTES = 4;
const NO_BYTES: Buffer = Buffer.alloc(0);

/**
 * One session with the servers. It moves from one server to another by itself, until the session has expired.
 *
 * The client underneath waits for ever for a server that accepts and then says nothing, mixes the rest of a broken
 * connection into the next one, sends what was asked for before an outage after it, throws from its socket on
 * answers that it does not know, and spends most of its time on single writes and on copies of what it has yet to
 * read. All of that is mended here.
 */
export class ZooKeeperConnection {
  readonly client: Client;
  isConnected = false;
  private readonly manager: ConnectionManager;
  /** The beginning of a frame whose end has not arrived. */
  private rest = NO_BYTES;
  private nextServer = 0;
  private heardAtMs = 0;
  private retry: NodeJS.Timeout | undefined;
  private handshake: NodeJS.Timeout | undefined;
  private watchdog: NodeJS.Timeout | undefined;
  private onDisconnected: (() => void) | undefined;

  constructor(
    connectString: string,
    sessionTimeoutMs: number,
    private readonly listener: ConnectionListener,
  ) {
    this.client = zookeeper.createClient(connectString, { sessionTimeout: sessionTimeoutMs });
    this.manager = internalsOf(this.client);
    this.manager.findNextServer = (use) => this.connectNext(use);
    this.guardData();
    this.manager.packetQueue.prependListener('readable', () => this.sendTogether());
    this.manager.on('state', (state) => this.changed(state));
  }

  open(): void {
    this.client.connect();
  }

  /** Leaves a server that has not said anything since then: the next one may answer. */
  suspect(sinceMs: number): void {
    if (this.isConnected && this.heardAtMs < sinceMs) this.drop();
  }

  /** Ends the session, so that its ephemeral nodes go at once. Settles in time, whatever the server does. */
  async close(): Promise<void> {
    if (this.isConnected) {
      this.stopTimers();
      await new Promise<void>((resolve) => {
        this.onDisconnected = resolve;
        this.watchdog = setTimeout(resolve, CLOSE_MS);
        this.client.close();
      });
    }
    this.abandon();
  }

  /** Lets go of everything; the session ends when its time is over. */
  abandon(): void {
    this.isConnected = false;
    this.stopTimers();
    this.manager.connect = () => undefined;
    this.drop();
  }

  private guardData(): void {
    const { manager } = this;
    const onData = manager.onSocketData.bind(manager);
    manager.onSocketData = (data) => {
      this.heardAtMs = performance.now();
      try {
        this.frames(data, onData);
      } catch {
        // Whoever waits for this answer hears of a lost connection.
        this.drop();
      }
    };
  }

  /** One frame at a time: given more, the client copies the rest of them for each. */
  private frames(data: Buffer, take: (frame: Buffer) => void): void {
    this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, data]) : data;
    while (this.rest.length >= LENGTH_BYTES) {
      const length = this.rest.readInt32BE(0);
      if (length < 0) throw new Error(`a frame of ${length} bytes`);
      const end = LENGTH_BYTES + length;
      if (this.rest.length < end) return;
      const frame = this.rest.subarray(0, end);
      this.rest = this.rest.subarray(end);
      take(frame);
    }
  }

  /** One write for all packets of a turn, as reading all records sends a thousand small ones. */
  private sendTogether(): void {
    const { socket } = this.manager;
    if (!this.isConnected || !socket || socket.writableCorked > 0) return;
    socket.cork();
    process.nextTick(() => socket.uncork());
  }

  private connectNext(use: (server: ConnectionManager['servers'][number]) => void): void {
    const { servers } = this.manager;
    const all = this.nextServer > 0 && this.nextServer % servers.length === 0;
    const server = servers[this.nextServer++ % servers.length]!;
    // At random, so that fifty nodes do not come back in step.
    const pauseMs = all ? (0.5 + Math.random() / 2) * MAX_PAUSE_MS : 0;
    this.retry = setTimeout(() => {
      this.handshake = setTimeout(() => this.drop(), HANDSHAKE_MS);
      use(server);
    }, pauseMs);
  }

  private changed(state: number): void {
    if (state === CONNECTION_STATE.connected) this.connected();
    else if (state === CONNECTION_STATE.disconnected) this.disconnected();
    else if (state === CONNECTION_STATE.sessionExpired) this.listener.over('expired');
    else if (state === CONNECTION_STATE.authenticationFailed) this.listener.over('refused');
  }

  private connected(): void {
    this.stopTimers();
    this.isConnected = true;
    this.nextServer %= this.manager.servers.length;
    const timeoutMs = this.client.getSessionTimeout();
    // The client asks for a sign of life every third of the session's time.
    const check = () => this.suspect(performance.now() - (2 * timeoutMs) / 3);
    this.watchdog = setInterval(check, timeoutMs / 6);
    this.listener.connected();
  }

  private disconnected(): void {
    this.stopTimers();
    this.isConnected = false;
    this.rest = NO_BYTES;
    // Nothing is sent after an outage that was asked for before it.
    const lost = zookeeper.Exception.CONNECTION_LOSS;
    const error = Object.assign(new Error('the connection was lost'), { code: lost });
    for (const packet of this.manager.packetQueue.queue.splice(0)) packet.callback(error);
    this.onDisconnected?.();
  }

  private drop(): void {
    // The client forgets it when a socket is destroyed, and would then destroy the next one.
    clearTimeout(this.manager.connectTimeoutHandler ?? undefined);
    this.manager.socket?.destroy();
  }

  private stopTimers(): void {
    clearTimeout(this.retry);
    clearTimeout(this.handshake);
    clearTimeout(this.watchdog);
  }
}
