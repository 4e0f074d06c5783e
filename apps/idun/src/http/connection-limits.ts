import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { EdgeLog } from '../edge/edge-log.js';
import { RateLimitedLog } from '../edge/rate-limited-log.js';

/**
 * Requests on one connection that wait for an answer before theirs. Node stops reading from a peer that does not take
 * its answers, but serves all that it has read: a chunk may hold a thousand requests for 10,000 ids each.
 */
const MAX_PIPELINED = 128;

/** What one connection may cost a node. */
export class ConnectionLimits {
  private readonly pipelined = new WeakMap<Socket, number>();
  private readonly violations: RateLimitedLog;

  constructor(log: EdgeLog) {
    this.violations = new RateLimitedLog(log, () => performance.now());
  }

  /** Drops the connection of a request that has too many before it, and tells so. */
  isTooDeep({ socket }: IncomingMessage, response: ServerResponse): boolean {
    // Only a response that waits for others has no socket.
    if (response.socket !== null) return false;
    const depth = (this.pipelined.get(socket) ?? 0) + 1;
    if (depth > MAX_PIPELINED) {
      this.drop(socket, 'too many requests without an answer');
      return true;
    }
    this.pipelined.set(socket, depth);
    response.once('close', () => this.pipelined.set(socket, this.pipelined.get(socket)! - 1));
    return false;
  }

  /** Nothing has moved on a connection for the longest time that it may. */
  timedOut(socket: Socket): void {
    if (socket.writableLength > 0) this.drop(socket, 'it does not read its replies');
    else socket.destroy();
  }

  private drop(socket: Socket, reason: string): void {
    if (socket.destroyed) return;
    const remote = `${socket.remoteAddress}:${socket.remotePort}`;
    this.violations.warn({ remote, reason }, 'Connection dropped');
    socket.destroy();
  }
}
