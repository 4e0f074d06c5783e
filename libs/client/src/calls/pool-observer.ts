import type { ErrorCode } from '../../../contracts/src/index.js';
import type { Server } from '../servers/server.js';
import type { Pattern } from '../transport/connection.port.js';

/** `TRANSPORT`: no answer of idun. `ABORTED`: by the caller's signal. */
export type Outcome = 'ok' | ErrorCode | 'TRANSPORT' | 'ABORTED';

/** Told of what happens in a pool. No method may throw. */
export interface PoolObserver {
  /** A failure that another attempt may make good. `request`: the object that was given to `call`. */
  onAttemptFailed?(server: Server, pattern: Pattern, error: Error, request: object): void;
  /** The server is left alone for `forMs`, after which one call finds out whether it is back. */
  onEjected?(server: Server, error: Error, forMs: number): void;
  onRestored?(server: Server): void;
  /** The whole list, whenever there is another. An ejected server that is not in it is not restored. */
  onServers?(servers: readonly Server[]): void;
  onSourceFailed?(error: unknown): void;
  /** A call has ended after so many attempts; none where it was refused at once. */
  onCall?(pattern: Pattern, outcome: Outcome, attempts: number): void;
}
