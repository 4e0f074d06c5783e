import { connect, type Socket } from 'node:net';
import type { HttpTarget } from '../scenarios.js';
import type { Load } from './load.js';
import type { Recorder } from './recorder.js';

const READ_BUFFER_BYTES = 64 * 1_024;
const END_OF_HEAD = '\r\n\r\n';

/**
 * Keep-alive connections with one request each under way. It reads just enough of an answer to know
 * its status and its end, so that it needs less of its core than any of the servers does of theirs.
 */
export class HttpLoad implements Load {
  private readonly sockets: Socket[] = [];

  constructor(
    private readonly target: HttpTarget,
    private readonly port: number,
    private readonly recorder: Recorder,
    private readonly onError: (error: Error) => void,
  ) {}

  start(): void {
    for (let i = 0; i < this.target.connections; i++) this.sockets.push(this.open());
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private open(): Socket {
    const { path } = this.target;
    const host = `127.0.0.1:${this.port}`;
    const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: keep-alive\r\n\r\n`;
    let sentAtMs = 0;
    /** Bytes of the body still to come. */
    let missing = 0;
    const send = (nowMs: number) => {
      sentAtMs = nowMs;
      socket.write(request, 'latin1');
    };
    const receive = (length: number, buffer: Uint8Array): boolean => {
      missing = missing === 0 ? this.bodyLeft(buffer, length) : missing - length;
      if (missing === 0) {
        const nowMs = performance.now();
        this.recorder.record(nowMs - sentAtMs);
        send(nowMs);
      }
      return true;
    };
    const socket: Socket = connect({
      host: '127.0.0.1',
      port: this.port,
      noDelay: true,
      onread: { buffer: Buffer.allocUnsafe(READ_BUFFER_BYTES), callback: receive },
    });
    socket.on('error', this.onError);
    socket.on('end', () => this.onError(new Error('the server closed a connection')));
    return socket.once('connect', () => send(performance.now()));
  }

  /** How much of the answer that begins here is not in the buffer yet. */
  private bodyLeft(bytes: Uint8Array, length: number): number {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, length);
    const head = buffer.toString('latin1', 0, Math.min(length, 512));
    const end = head.indexOf(END_OF_HEAD);
    const bodyBytes = /content-length: (\d+)/i.exec(head)?.[1];
    if (end < 0 || bodyBytes === undefined || !head.startsWith('HTTP/1.1 200')) {
      this.onError(new Error(`unexpected answer: ${head}`));
      return 0;
    }
    return end + END_OF_HEAD.length + Number(bodyBytes) - length;
  }
}
