import type { IncomingMessage } from 'node:http';
import { requestInvalid } from './http-error.js';

/**
 * The value of `Idempotency-Key`, undefined without the header. What may stand in it is for the generators to check.
 * @throws `REQUEST_INVALID` where it is given twice: neither could be relied on
 */
export function idempotencyKey({ headersDistinct }: IncomingMessage): string | undefined {
  const [value, ...others] = headersDistinct['idempotency-key'] ?? [];
  if (others.length > 0) throw requestInvalid('Idempotency-Key is given more than once.');
  return value;
}
