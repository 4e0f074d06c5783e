import { IdunError } from '../../contracts/src/index.js';

/** No id before the caller's deadline. `cause` is the last failure of a server, where there was one. */
export class NotReadyError extends IdunError {
  constructor(key: string, cause: unknown) {
    super('SEGMENT_NOT_READY', `No lease of ${key} came in time: retry.`, { cause });
    this.name = 'NotReadyError';
  }
}

/** `close()` was called on this side: the same call never succeeds, unlike one that a server refuses with this code. */
export class ClientClosedError extends IdunError {
  constructor() {
    super('SHUTTING_DOWN', 'This client is closed: create another.');
    this.name = 'ClientClosedError';
  }

  override get retryable(): boolean {
    return false;
  }
}

/** The ids of the key have passed 2^53, and a number cannot tell them apart. */
export class UnsafeIdError extends IdunError {
  constructor(key: string) {
    super('KEY_EXHAUSTED', `Ids of ${key} are above 2^53: ask for them as bigint or string.`);
    this.name = 'UnsafeIdError';
  }
}

/** A server did not answer, or not with what idun answers. The call may have been carried out. */
export class TransportError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TransportError';
  }
}

/** Whether the same call can never succeed; whatever is not an answer of idun may pass. */
export function isPermanent(error: unknown): error is IdunError {
  return error instanceof IdunError && !error.retryable;
}
