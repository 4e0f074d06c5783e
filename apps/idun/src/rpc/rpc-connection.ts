import type { Socket } from 'node:net';

import { FrameError, FrameReader } from './frame-reader.js';
import { parsePacket, type RequestPacket } from './packet.js';
import { ReplyWriter } from './reply-writer.js';
import type { RpcLimits } from './rpc-limits.js';

export interface ConnectionEvents {
  /** A request or an event came. Must not throw. */
  onPacket(packet: RequestPacket, connection: RpcConnection): void;
  /** A call that was begun has ended, whether or not anybody is left to hear of it. */
  onCompleted(): void;
  /** The connection is dropped for what its peer did. */
  onViolation(reason: string, connection: RpcConnection): void;
}

/**
 * Frames served before the replies to them get their turn. One chunk may hold hundreds of calls for
 * 10,000 ids each: their replies must be seen by the backpressure below before more are taken in.
 */
const MAX_FRAMES_PER_TURN = 128;

/** One client: frames in, replies out, and when to stop reading, answering or listening. */
export class RpcConnection {
  readonly remote: string;
  private readonly reader: FrameReader;
  private readonly writer: ReplyWriter;
  private callsInFlight = 0;
  private isPaused = false;
  /** The peer reads too slowly: nothing more is taken in until all replies are sent. */
  private isBlocked = false;
  /** Once nothing is in flight any more, our side is to be closed. */
  private isFinishing = false;
  private hasEnded = false;
  private incompleteSinceMs = 0;
  private incompleteNumber = -1;
  private incompleteTimer: NodeJS.Timeout | undefined;

  constructor(
    readonly socket: Socket,
    private readonly limits: RpcLimits,
    private readonly events: ConnectionEvents,
  ) {
    this.remote = `${socket.remoteAddress}:${socket.remotePort}`;
    this.reader = new FrameReader(limits.maxFrameLength);
    this.writer = new ReplyWriter(socket, () => this.afterFlush());
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('end', () => this.finish());
    // A peer that resets the connection is no event; 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => clearTimeout(this.incompleteTimer));
  }

  /** A call was taken on; each needs one `completeCall`. */
  beginCall(): void {
    this.callsInFlight++;
  }

  completeCall(packet: string): void {
    this.callsInFlight--;
    this.events.onCompleted();
    this.send(packet);
    this.endIfIdle();
  }

  send(packet: string): void {
    if (this.socket.writable) this.writer.write(packet);
  }

  /** Closes our side as soon as all calls in flight are answered and their replies are on the way. */
  finish(): void {
    this.isFinishing = true;
    this.endIfIdle();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    // After our end nothing is answered any more, but a peer whose bytes nobody reads gets a reset
    // that can overtake its last replies.
    if (this.hasEnded) return;
    this.reader.push(chunk);
    this.serveFrames();
  }

  private serveFrames(): void {
    if (this.socket.destroyed || this.hasEnded) return;
    try {
      for (let served = 0; !this.isPaused; served++) {
        if (served === MAX_FRAMES_PER_TURN) {
          this.pause();
          setImmediate(() => this.resume());
          return;
        }
        const frame = this.reader.next();
        if (frame === undefined) break;
        this.events.onPacket(parsePacket(frame), this);
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.drop(error.message);
      return;
    }
    this.watchIncompleteFrame();
    this.endIfIdle();
  }

  private afterFlush(): void {
    const unsent = this.socket.writableLength;
    if (unsent > this.limits.maxUnsentBytes) {
      this.drop('it does not read its replies');
    } else if (unsent > this.limits.pauseAboveBytes && !this.isBlocked) {
      this.isBlocked = true;
      this.pause();
      this.socket.once('drain', () => {
        this.isBlocked = false;
        this.resume();
      });
    }
    this.endIfIdle();
  }

  private pause(): void {
    this.isPaused = true;
    this.socket.pause();
  }

  private resume(): void {
    if (this.isBlocked) return;
    this.isPaused = false;
    // While we did not read, the peer could not complete its frame either.
    this.incompleteNumber = -1;
    this.socket.resume();
    this.serveFrames();
  }

  private endIfIdle(): void {
    if (!this.isFinishing || this.hasEnded || this.isPaused) return;
    if (this.callsInFlight > 0 || !this.writer.isEmpty || this.socket.destroyed) return;
    this.hasEnded = true;
    this.socket.end();
    const linger = setTimeout(() => this.destroy(), this.limits.lingerMs);
    this.socket.once('close', () => clearTimeout(linger));
  }

  private drop(reason: string): void {
    this.events.onViolation(reason, this);
    this.destroy();
  }

  /** The clock of a frame starts with its first byte, so that a byte now and then does not prolong it. */
  private watchIncompleteFrame(): void {
    if (!this.reader.hasIncompleteFrame || this.isPaused) return;
    if (this.incompleteNumber === this.reader.completed) return;
    this.incompleteNumber = this.reader.completed;
    this.incompleteSinceMs = performance.now();
    this.incompleteTimer ??= this.checkIncompleteFrameIn(this.limits.incompleteFrameMs);
  }

  /** The timer is left running when a frame completes: setting one for each would cost more. */
  private checkIncompleteFrameIn(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.incompleteTimer = undefined;
      const isSame = this.incompleteNumber === this.reader.completed;
      if (this.isPaused || !isSame || !this.reader.hasIncompleteFrame) return;
      const leftMs = this.incompleteSinceMs + this.limits.incompleteFrameMs - performance.now();
      if (leftMs <= 0) this.drop('a frame did not arrive in time');
      else this.incompleteTimer = this.checkIncompleteFrameIn(leftMs);
    }, delayMs).unref();
  }
}
