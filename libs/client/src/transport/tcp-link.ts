import { connect, type Socket } from 'node:net';
import type { ClientClock } from '../clock.js';
import { TransportError } from '../errors.js';
import { nameOf, type Server } from '../servers/server.js';
import type { Pattern } from './connection.port.js';
import { FrameReader } from './frame-reader.js';
import { failureOf, fieldsOf } from './replies.js';
import { replyPacket, requestFrame } from './tcp-packet.js';

/** The longest reply is that of 10,000 ids, some 220,000 characters. */
const MAX_REPLY_LENGTH = 4 * 1_024 * 1_024;
const FLUSH_ABOVE = 256 * 1_024;
const MAX_UNSENT_BYTES = 256 * 1_024;
const TCP_KEEP_ALIVE_MS = 30_000;

export interface TcpLinkOptions {
  /** How long opening a connection may take. */
  connectTimeoutMs: number;
  /**
   * A connection over which nothing came for so long, though an answer is owed, is given up with the next call that
   * ends without its answer: its peer may be gone without a word.
   */
  silentMs: number;
  clock: ClientClock;
}

export interface TcpLinkEvents {
  /** Calls are sent on at once: it is open, and what was to be sent is sent. */
  onReady(): void;
  /** Calls should wait until `onReady`. */
  onBusy(): void;
  /** Once, at its end. */
  onLost(reason: TransportError): void;
}

interface SentCall {
  resolve: (response: unknown) => void;
  reject: (reason: Error) => void;
}

/** One socket, from its opening to its loss, with the calls that are under way on it. */
export class TcpLink {
  private readonly socket: Socket;
  private readonly name: string;
  private readonly reader = new FrameReader(MAX_REPLY_LENGTH);
  private readonly underWay = new Map<number, SentCall>();
  private readonly cancelConnecting: () => void;
  private lastId = 0;
  /** Frames of this turn of the event loop: one write costs more than all else that is done for a call. */
  private batch = '';
  private owedSinceMs: number | undefined;
  private loss: TransportError | undefined;

  constructor(
    server: Server,
    private readonly options: TcpLinkOptions,
    private readonly events: TcpLinkEvents,
  ) {
    const { host, port } = server;
    const { clock, connectTimeoutMs } = options;
    this.name = nameOf(server);
    this.socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
    });
    this.cancelConnecting = clock.after(connectTimeoutMs, () => {
      this.lose(`did not take a connection within ${connectTimeoutMs} ms`);
    });
    this.listen();
  }

  get isLost(): boolean {
    return this.loss !== undefined;
  }

  /** Whether it keeps the process alive. */
  hold(isNeeded: boolean): void {
    if (isNeeded) this.socket.ref();
    else this.socket.unref();
  }

  /**
   * `data` is JSON. Resolves with what the server answers, not validated. Rejects with its error, with a `TransportError`
   * where the connection is lost, or with the reason of `signal`; an answer that comes later is dropped.
   */
  send(pattern: Pattern, data: string, signal: AbortSignal): Promise<unknown> {
    if (this.loss) return Promise.reject(this.loss);
    const id = ++this.lastId;
    this.owedSinceMs ??= this.options.clock.monotonicMs();
    this.write(requestFrame(id, pattern, data));
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.underWay.delete(id);
        signal.removeEventListener('abort', abort);
      };
      const call: SentCall = {
        resolve(response) {
          settle();
          resolve(response);
        },
        reject(reason) {
          settle();
          reject(reason);
        },
      };
      const abort = () => call.reject(signal.reason as Error);
      signal.addEventListener('abort', abort);
      this.underWay.set(id, call);
    });
  }

  /** To be asked after a call that ended without its answer. */
  loseIfSilent(): void {
    const { clock, silentMs } = this.options;
    if (this.owedSinceMs === undefined || clock.monotonicMs() - this.owedSinceMs < silentMs) return;
    this.lose(`sent nothing for ${silentMs} ms`);
  }

  /** Rejects what is under way. `how` continues the name of the server. */
  lose(how: string, cause?: unknown): void {
    if (this.loss) return;
    this.loss = new TransportError(`${this.name} ${how}.`, { cause });
    this.cancelConnecting();
    this.socket.destroy();
    for (const call of this.underWay.values()) call.reject(this.loss);
    this.events.onLost(this.loss);
  }

  /** Resolves once the socket is closed. Only after `lose`. */
  closed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.socket.closed) resolve();
      else this.socket.once('close', () => resolve());
    });
  }

  private listen(): void {
    const { socket } = this;
    socket.on('connect', () => {
      this.cancelConnecting();
      this.events.onReady();
    });
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('drain', () => {
      if (!this.isLost) this.events.onReady();
    });
    socket.on('error', (error) => this.lose(`is not reached: ${error.message}`, error));
    socket.on('end', () => this.lose('closed the connection'));
    socket.on('close', () => this.lose('closed the connection'));
  }

  private write(frame: string): void {
    // Ticks run after the promises that are settled now: calls made by these are in the batch by then.
    if (this.batch === '') process.nextTick(this.flush);
    this.batch += frame;
    if (this.batch.length > FLUSH_ABOVE) this.flush();
  }

  private readonly flush = (): void => {
    const { batch } = this;
    if (batch === '' || this.isLost) return;
    this.batch = '';
    this.socket.write(batch);
    if (this.socket.writableLength > MAX_UNSENT_BYTES) this.events.onBusy();
  };

  private receive(chunk: Buffer): void {
    if (this.isLost) return;
    try {
      this.reader.read(chunk, (frame) => this.answer(frame));
    } catch (error) {
      this.lose('sent what is no reply of idun', error);
      return;
    }
    const isOwing = this.underWay.size > 0 || this.socket.writableLength > 0;
    this.owedSinceMs = isOwing ? this.options.clock.monotonicMs() : undefined;
  }

  private answer(frame: string): void {
    const { id, response, err } = replyPacket(frame, this.lastId);
    const call = this.underWay.get(id);
    if (err === undefined || err === null) {
      call?.resolve(response);
      return;
    }
    const { code, message, retryable } = fieldsOf(err) ?? {};
    call?.reject(failureOf({ code, text: message, retryable }, this.name));
  }
}
