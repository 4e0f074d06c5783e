import type { Server } from 'node:http';
import type { Socket } from 'node:net';

import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

import { limitConnections } from '../edge/refused-connections.js';
import { createFastify, type FastifyOptions } from './fastify-instance.js';

export interface FastifyAdapterOptions extends FastifyOptions {
  /** More are closed at once. */
  maxConnections?: number;
  /** Told of each connection that was closed at once. */
  onConnectionRefused?: () => void;
  /** How long `close()` waits for answers in flight before it drops their connections. */
  closeDeadlineMs?: number;
}

const REAP_INTERVAL_MS = 50;
const DEFAULT_CLOSE_DEADLINE_MS = 10_000;

/** Nest's adapter over a Fastify that answers every refusal in the contract's shape. */
export function createFastifyAdapter(options: FastifyAdapterOptions): FastifyAdapter {
  const instance = createFastify(options);
  const { maxConnections = Infinity, log, onConnectionRefused } = options;
  limitConnections(instance.server, maxConnections, log, onConnectionRefused);
  const closeDeadlineMs = options.closeDeadlineMs ?? DEFAULT_CLOSE_DEADLINE_MS;
  return withoutHooks(instance, () => new ProblemFastifyAdapter(instance, closeDeadlineMs));
}

/**
 * Nest's constructor adds six request hooks and a response hook for CORS, CSRF, versioning and the
 * like. We use none of these, and their passing through costs more than the rest of Nest together.
 */
function withoutHooks<T>(instance: FastifyInstance, create: () => T): T {
  const addHook = Object.getOwnPropertyDescriptor(instance, 'addHook');
  instance.addHook = () => instance;
  try {
    return create();
  } finally {
    if (addHook) Object.defineProperty(instance, 'addHook', addHook);
  }
}

class ProblemFastifyAdapter extends FastifyAdapter {
  private readonly sockets = new Set<Socket>();

  constructor(
    instance: FastifyInstance,
    private readonly closeDeadlineMs: number,
  ) {
    super(instance);
    instance.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  /** Nest would register its middleware engine here, which again means a hook on every request. */
  override async init(): Promise<void> {}

  /** Nest sets its own handlers when the application starts; ours are on the instance already. */
  override setErrorHandler(): ReturnType<FastifyAdapter['setErrorHandler']> {
    return this.instance;
  }

  override setNotFoundHandler(): ReturnType<FastifyAdapter['setNotFoundHandler']> {
    return this.instance;
  }

  /** A route that takes a body has its parser; another would only find fault with bodies of requests that are refused. */
  override registerParserMiddleware(): void {}

  /**
   * Resolves once the calls in flight are answered. Node by itself closes only the connections that
   * are idle at that moment; it would wait out the keep-alive time of the others, and for ever for
   * one that sends nothing or never the whole of a request.
   */
  override async close(): Promise<void> {
    const server = this.getHttpServer<Server>();
    const reaper = setInterval(() => this.closeIdle(server), REAP_INTERVAL_MS);
    const deadline = setTimeout(() => server.closeAllConnections(), this.closeDeadlineMs);
    try {
      await super.close();
    } finally {
      clearInterval(reaper);
      clearTimeout(deadline);
    }
  }

  private closeIdle(server: Server): void {
    server.closeIdleConnections();
    for (const socket of this.sockets) if (socket.bytesRead === 0) socket.destroy();
  }
}
