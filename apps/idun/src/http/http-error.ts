import { HttpException, ServiceUnavailableException } from '@nestjs/common';

import { IdunError } from '#contracts';

import type { EdgeLog } from '../edge/edge-log.js';
import { unexpectedError } from '../edge/unexpected-error.js';

export const notFound = () =>
  new IdunError('NOT_FOUND', 'There is no such route: the documentation lists them.');

export const methodNotAllowed = () =>
  new IdunError(
    'METHOD_NOT_ALLOWED',
    'This route does not take this method: see the Allow header.',
  );

export const requestInvalid = (detail = 'The request is malformed: correct it before a retry.') =>
  new IdunError('REQUEST_INVALID', detail);

/**
 * Maps whatever Nest, Fastify or our own code threw to the closed list of codes.
 * An error outside of it with a status below 500 is the caller's; everything else is a bug, logged.
 */
export function toIdunError(error: unknown, log: EdgeLog): IdunError {
  if (error instanceof IdunError) return error;
  const status = statusOf(error);
  if (status === 404) return notFound();
  if (status === 405) return methodNotAllowed();
  if (status !== undefined && status >= 400 && status < 500) return requestInvalid();
  return unexpectedError(error, log);
}

/** The JSON of a failed health check, which terminus throws; undefined for any other error. */
export function healthReport(error: unknown): object | undefined {
  if (!(error instanceof ServiceUnavailableException)) return undefined;
  const report = error.getResponse();
  const isReport = typeof report === 'object' && 'status' in report && 'details' in report;
  return isReport ? report : undefined;
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}
