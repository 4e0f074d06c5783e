import type { CallOptions } from './call-options.js';
import type { Pattern, Reply, Request } from '../transport/connection.port.js';

/** Calls whichever server is best, and others where it fails, until the deadline. */
export interface Caller {
  /**
   * Rejects with a permanent `IdunError` at once; at the deadline with the last failure, a retryable `IdunError` or a
   * `TransportError`; with the reason of the signal; with `ClientClosedError`.
   */
  call<P extends Pattern>(
    pattern: P,
    request: Request<P>,
    options?: CallOptions,
  ): Promise<Reply<P>>;
}
