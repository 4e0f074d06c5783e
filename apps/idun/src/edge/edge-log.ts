import type { ErrorCode } from '#contracts';

/** What an edge tells the operator, in pino's order of arguments, so that its logger fits as it is. */
export interface EdgeLog {
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
  /** A call ended with this code. */
  failed?(code: ErrorCode): void;
}
