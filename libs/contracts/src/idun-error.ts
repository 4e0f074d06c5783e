import { isRetryable, type ErrorCode } from './error-codes.js';

export interface IdunErrorOptions {
  /** What went wrong underneath: for the operator's log, never for the caller. */
  cause?: unknown;
  /** When a retry is worth while, in milliseconds from now. */
  retryAfterMs?: number;
  /** Where it differs from what its code says. */
  retryable?: boolean;
}

/**
 * A failure that a caller may see: a code of the closed list and one plain sentence that says what to do.
 * Whatever is not an IdunError is a bug and reaches a caller as `INTERNAL`.
 */
export class IdunError extends Error {
  readonly retryAfterMs: number | undefined;
  private readonly isRetryable: boolean;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: IdunErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'IdunError';
    this.retryAfterMs = options.retryAfterMs;
    this.isRetryable = options.retryable ?? isRetryable(code);
  }

  get retryable(): boolean {
    return this.isRetryable;
  }
}
