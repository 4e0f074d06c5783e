import { randomBytes } from 'node:crypto';

import { IdunError } from '#contracts';

import type { EdgeLog } from './edge-log.js';

/**
 * Turns a bug into what a caller may see of it: `INTERNAL` with a reference and nothing of the
 * inside. The operator finds the error itself in the log under the same reference.
 */
export function unexpectedError(error: unknown, log: EdgeLog): IdunError {
  const reference = randomBytes(6).toString('hex');
  log.error({ reference, err: error }, 'Unexpected error');
  return new IdunError(
    'INTERNAL',
    `This is a fault of the server, not of the call: report it with the reference ${reference}.`,
    { cause: error },
  );
}
