import type { FastifyInstance } from 'fastify';
import { IdunError } from '#contracts';

/** The largest that is needed has some hundred bytes. */
const MAX_BODY_BYTES = 16 * 1_024;

/** Hands bodies of any type to the handlers of this scope as text; who wants one reads it with `objectIn`. */
export function acceptBodies(scope: FastifyInstance): void {
  scope.addContentTypeParser(
    '*',
    { parseAs: 'string', bodyLimit: MAX_BODY_BYTES },
    (_request, body, done) => done(null, body),
  );
}

/**
 * The JSON object in a body, whatever its Content-Type says. Its fields are as the caller sent them.
 * @throws `BODY_INVALID`
 */
export function objectIn(body: unknown): object {
  const value = parsed(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new IdunError('BODY_INVALID', 'The body is a JSON object.');
  }
  return value;
}

function parsed(body: unknown): unknown {
  if (typeof body !== 'string') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
