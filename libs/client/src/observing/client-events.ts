import type { Server } from '../servers/server.js';
import type { Lease } from '../segment/lease-source.port.js';
import type { Pattern } from '../transport/connection.port.js';

/** What a client tells of its work, by the name of the event: each has one object. */
export interface ClientEvents {
  /** The servers that are known, as soon as there are some and after each change. */
  servers: [{ servers: readonly Server[] }];
  /** A server failed too often and is left alone for a while. */
  serverEjected: [{ server: Server; error: unknown; forMs: number }];
  /** A server that was left alone has answered again. */
  serverRestored: [{ server: Server }];
  /** One server failed in a call that may still succeed on another. */
  attemptFailed: [{ server: Server; pattern: Pattern; error: unknown }];
  /** A range is leased. */
  leased: [{ lease: Lease }];
  /** A lease of `segment(key)` failed; it is repeated unless the error is permanent. */
  leaseFailed: [{ key: string; error: unknown }];
  /** The ids of a lease from `from` on were given back, and `count` of them will be given again. */
  returned: [{ lease: Lease; from: bigint; count: number }];
  /** What `segment(key)` had left could not be given back: it is lost. */
  returnFailed: [{ key: string; error: unknown }];
  /** The registry did not answer, mostly a `DiscoveryError`: the servers known before stay. */
  discoveryFailed: [{ error: unknown }];
}

export type ClientEvent = keyof ClientEvents;
/** May be async. One that fails is a warning of the process. */
export type ClientListener<E extends ClientEvent> = (...args: ClientEvents[E]) => unknown;
