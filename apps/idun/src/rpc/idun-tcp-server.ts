import { createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net';

import {
  Server,
  Transport,
  type CustomTransportStrategy,
  type MessageHandler,
} from '@nestjs/microservices';

import { PATTERN, type RpcError } from '#contracts';
import { shuttingDown } from '#core';
import type { EdgeLog } from '../edge/edge-log.js';
import type { LoadGate } from '../edge/load-gate.js';
import { nodeOverloaded } from '../edge/node-overloaded.js';
import { RateLimitedLog } from '../edge/rate-limited-log.js';
import { limitConnections } from '../edge/refused-connections.js';
import { errorPacket, noHandlerPacket, type RequestPacket } from './packet.js';
import { CallRunner } from './call-runner.js';
import { RpcConnection } from './rpc-connection.js';
import { toRpcError } from './rpc-error.js';
import { DEFAULT_RPC_LIMITS, type RpcLimits } from './rpc-limits.js';

export interface IdunTcpServerOptions {
  host: string;
  /** 0 takes a free one, see `address()`. */
  port: number;
  log: EdgeLog;
  limits?: Partial<RpcLimits>;
  /** More are closed at once. */
  maxConnections?: number;
  /** Without it all calls are taken on. */
  gate?: LoadGate;
  /** Told of each connection that was closed at once. */
  onConnectionRefused?: () => void;
}

const TCP_KEEP_ALIVE_MS = 30_000;
const { code, message, retryable } = nodeOverloaded();
const OVERLOADED: RpcError = { code, message, retryable };

type Listener = (...args: unknown[]) => void;

/**
 * Nest's TCP transport for Nest's own clients, of any version from 10 on, with three differences to
 * its `ServerTCP`: what strangers send is held to limits, the process can be drained of its calls,
 * and a call costs less.
 */
export class IdunTcpServer
  extends Server<Record<string, Listener>>
  implements CustomTransportStrategy
{
  override readonly transportId = Transport.TCP;
  private readonly server: NetServer;
  private readonly connections = new Set<RpcConnection>();
  private readonly limits: RpcLimits;
  private readonly violations: RateLimitedLog;
  private readonly calls: CallRunner;
  private isDraining = false;
  private closed: Promise<void> | undefined;

  constructor(private readonly options: IdunTcpServerOptions) {
    super();
    this.limits = { ...DEFAULT_RPC_LIMITS, ...options.limits };
    this.violations = new RateLimitedLog(options.log, () => performance.now());
    this.calls = new CallRunner(options.log, (stream, respond) => this.send(stream, respond));
    this.server = createServer(
      {
        allowHalfOpen: true,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
      },
      (socket) => this.accept(socket),
    );
    const { maxConnections = Infinity, log, onConnectionRefused } = options;
    limitConnections(this.server, maxConnections, log, onConnectionRefused);
  }

  listen(callback: (error?: Error) => void): void {
    this.server.once('error', callback);
    this.server.listen(this.options.port, this.options.host, () => {
      this.server.off('error', callback);
      callback();
    });
  }

  /** Where it listens; undefined before `listen` and after `drain` or `close`. */
  address(): AddressInfo | undefined {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address : undefined;
  }

  /**
   * Accepts no more connections, answers the calls in flight and refuses later ones with
   * `SHUTTING_DOWN`. Resolves once all connections are closed: each by itself when its calls are
   * answered, at the latest by force after `deadlineMs`.
   */
  async drain(deadlineMs: number): Promise<void> {
    this.isDraining = true;
    const closed = this.stopAccepting();
    for (const connection of this.connections) connection.finish();
    const deadline = setTimeout(() => this.destroyConnections(), deadlineMs);
    await closed;
    clearTimeout(deadline);
  }

  /** Nest's own call: at once, dropping what is in flight. Harmless after `drain`. */
  async close(): Promise<void> {
    const closed = this.stopAccepting();
    this.destroyConnections();
    await closed;
  }

  on(event: string, callback: Listener): void {
    this.server.on(event, callback);
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- Nest has callers name the type
  unwrap<T>(): T {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    return this.server as T;
  }

  private accept(socket: Socket): void {
    const connection = new RpcConnection(socket, this.limits, this);
    this.connections.add(connection);
    socket.once('close', () => this.connections.delete(connection));
    if (this.isDraining) connection.finish();
  }

  onViolation(reason: string, { remote }: RpcConnection): void {
    this.violations.warn({ remote, reason }, 'Connection dropped');
  }

  onPacket(packet: RequestPacket, connection: RpcConnection): void {
    const { id } = packet;
    // An event has nobody to take the id that it would consume.
    if (id === undefined) return;
    if (this.isDraining) {
      connection.send(errorPacket(id, toRpcError(shuttingDown(), this.options.log)));
      return;
    }
    const handler = this.handlerOf(packet.pattern);
    if (!handler) {
      connection.send(noHandlerPacket(id));
      return;
    }
    if (packet.pattern !== PATTERN.health && this.options.gate?.refuses()) {
      connection.send(errorPacket(id, OVERLOADED));
      return;
    }
    this.options.gate?.begin();
    connection.beginCall();
    this.calls.run(handler, packet, id, connection);
  }

  onCompleted(): void {
    this.options.gate?.end();
  }

  private handlerOf(pattern: unknown): MessageHandler | null {
    const direct = typeof pattern === 'string' ? this.messageHandlers.get(pattern) : undefined;
    return direct ?? this.getHandlerByPattern(this.getPatternAsString(pattern));
  }

  private stopAccepting(): Promise<void> {
    // The callback also comes, with an error that says so, where it does not listen.
    this.closed ??= new Promise((resolve) => this.server.close(() => resolve()));
    return this.closed;
  }

  private destroyConnections(): void {
    for (const connection of this.connections) connection.destroy();
  }
}
