import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Client } from 'node-zookeeper-client';

/**
 * The part of the client's inside that has to be reached: it has no way to give up a connection, to time out a
 * handshake or an answer, or to stop connecting. The package is pinned to one version for this.
 */
export interface ConnectionManager {
  socket?: Socket;
  readonly servers: readonly Server[];
  connectTimeoutHandler: NodeJS.Timeout | null;
  /** What is not sent yet. */
  readonly packetQueue: EventEmitter & { readonly queue: { callback(error: Error): void }[] };
  connect(): void;
  findNextServer(use: (server: Server) => void): void;
  onSocketData(data: Buffer): void;
  on(event: 'state', listener: (state: number) => void): void;
}

export interface Server {
  readonly host: string;
  readonly port: number | string;
}

export const CONNECTION_STATE = {
  authenticationFailed: -4,
  sessionExpired: -3,
  closed: -2,
  disconnected: 0,
  connected: 2,
} as const;

export function internalsOf(client: Client): ConnectionManager {
  return (client as unknown as { connectionManager: ConnectionManager }).connectionManager;
}
