import { IdunError, type RpcError } from '#contracts';

import type { EdgeLog } from '../edge/edge-log.js';
import { unexpectedError } from '../edge/unexpected-error.js';

/** Whatever a handler failed with, as a caller may see it; what is not an `IdunError` is a bug, logged. */
export function toRpcError(error: unknown, log: EdgeLog): RpcError {
  const known = error instanceof IdunError ? error : unexpectedError(error, log);
  log.failed?.(known.code);
  return { code: known.code, message: known.message, retryable: known.retryable };
}
