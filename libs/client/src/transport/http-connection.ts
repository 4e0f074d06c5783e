import { Agent } from 'node:http';
import { TransportError } from '../errors.js';
import { parseJson } from '../parse-json.js';
import { nameOf, type Server } from '../servers/server.js';
import type { Connect, Connection, Pattern, Reply, Request } from './connection.port.js';
import { closedError } from './closed-error.js';
import { Gate } from './gate.js';
import { exchange, type HttpAnswer, type HttpWay } from './http-exchange.js';
import { httpRequest } from './http-request.js';
import { failureOf, fieldsOf, readReply } from './replies.js';

export interface HttpConnectionOptions {
  /** Calls under way at a time, each on a socket of its own. */
  maxSockets: number;
  /** Calls that wait for a socket; further ones are refused with `OVERLOADED`. */
  maxWaiting: number;
  /** Sockets are dropped after so long without a call: before a server drops them, and a call with them. */
  idleMs: number;
}

/** A server of idun drops a connection after 65 s without a request. */
const DEFAULTS: HttpConnectionOptions = { maxSockets: 64, maxWaiting: 16_384, idleMs: 30_000 };

/** Each call is a request over HTTP/1.1, on sockets that are kept for the next ones. */
export function connectHttp(options: Partial<HttpConnectionOptions> = {}): Connect {
  return (server) => new HttpConnection(server, { ...DEFAULTS, ...options });
}

class HttpConnection implements Connection {
  readonly capacity: number;
  private readonly gate: Gate;
  private readonly way: HttpWay;
  private isClosed = false;

  constructor(server: Server, { maxSockets, maxWaiting, idleMs }: HttpConnectionOptions) {
    const agent = new Agent({ keepAlive: true, noDelay: true, maxSockets, timeout: idleMs });
    this.capacity = maxSockets;
    this.gate = new Gate(maxSockets, maxWaiting);
    this.way = { agent, server, open: new Set() };
  }

  async call<P extends Pattern>(
    pattern: P,
    request: Request<P>,
    signal: AbortSignal,
  ): Promise<Reply<P>> {
    signal.throwIfAborted();
    const sent = httpRequest(pattern, request);
    await this.gate.enter(signal);
    try {
      if (this.isClosed) throw closedError(this.way.server);
      signal.throwIfAborted();
      const answer = await exchange(this.way, sent, signal);
      const from = nameOf(this.way.server);
      if (answer.status !== 200) throw refusal(answer, from);
      return readReply(pattern, request, valueOf(pattern, request, answer.text), from);
    } finally {
      this.gate.leave();
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const closed = closedError(this.way.server);
    this.gate.refuseAll(closed);
    for (const end of this.way.open) end(closed);
    this.way.agent.destroy();
  }
}

function refusal({ status, retryAfter, text }: HttpAnswer, from: string): Error {
  const problem = fieldsOf(parseJson(text));
  if (!problem) return new TransportError(`${from} answered ${status}, and not as idun does.`);
  const { code, detail, retryable } = problem;
  return failureOf({ code, text: detail, retryable, retryAfterMs: milliseconds(retryAfter) }, from);
}

/** One id comes as text, everything else as JSON. */
function valueOf<P extends Pattern>(pattern: P, request: Request<P>, text: string): unknown {
  const isOneId = pattern.endsWith('.get') && !('count' in request && request.count !== undefined);
  return isOneId ? text : parseJson(text);
}

/** Of a time in seconds; idun sends no date. */
function milliseconds(retryAfter: string | undefined): number | undefined {
  return retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter)
    ? Number(retryAfter) * 1_000
    : undefined;
}
