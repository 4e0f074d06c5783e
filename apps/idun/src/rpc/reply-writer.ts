import type { Socket } from 'node:net';

import { encodeFrame } from './packet.js';

/** Replies are handed to the socket once they amount to this, even within a turn of the event loop. */
const FLUSH_ABOVE = 256 * 1_024;

/**
 * Joins all replies of one turn of the event loop into one write: a system call costs more than
 * everything else that is done for a call.
 */
export class ReplyWriter {
  private batch = '';

  /** `onFlushed` is called after each write. */
  constructor(
    private readonly socket: Socket,
    private readonly onFlushed: () => void,
  ) {}

  /** Whether everything was handed to the socket. */
  get isEmpty(): boolean {
    return this.batch === '';
  }

  write(packet: string): void {
    // Ticks run after the promises that are settled now: their replies are in the batch by then.
    if (this.batch === '') process.nextTick(this.flush);
    this.batch += encodeFrame(packet);
    if (this.batch.length > FLUSH_ABOVE) this.flush();
  }

  private readonly flush = (): void => {
    const { batch } = this;
    if (batch === '') return;
    this.batch = '';
    if (this.socket.writable) this.socket.write(batch);
    this.onFlushed();
  };
}
