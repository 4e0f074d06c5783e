import { STATUS_CODES } from 'node:http';

import type { ErrorCode, IdunError, Problem } from '#contracts';

/** Exhaustive, so that a new code without a status does not compile. */
const STATUS: Record<ErrorCode, number> = {
  KEY_INVALID: 400,
  COUNT_INVALID: 400,
  SIZE_INVALID: 400,
  ID_INVALID: 400,
  BODY_INVALID: 400,
  REQUEST_INVALID: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  KEY_NOT_FOUND: 404,
  LEASE_NOT_FOUND: 404,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  KEY_EXISTS: 409,
  ADVANCE_BACKWARDS: 409,
  IDEMPOTENCY_CONFLICT: 409,
  LEASE_RETURNED: 409,
  RATE_LIMITED: 429,
  SEGMENT_NOT_READY: 503,
  STORE_UNAVAILABLE: 503,
  WORKER_LEASE_LOST: 503,
  WORKER_IDS_EXHAUSTED: 503,
  CLOCK_BACKWARDS: 503,
  CLOCK_UNTRUSTED: 503,
  OVERLOADED: 503,
  SHUTTING_DOWN: 503,
  MODE_DISABLED: 503,
  KEY_SUSPENDED: 503,
  STORE_REWOUND: 503,
  KEY_EXHAUSTED: 507,
  INTERNAL: 500,
};

/** The failures that pass by waiting at this node; the other 503s are for another node or an operator. */
const WITH_RETRY_AFTER: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'RATE_LIMITED',
  'STORE_REWOUND',
  'SEGMENT_NOT_READY',
  'STORE_UNAVAILABLE',
  'WORKER_LEASE_LOST',
  'WORKER_IDS_EXHAUSTED',
  'CLOCK_BACKWARDS',
  'CLOCK_UNTRUSTED',
]);

const DEFAULT_RETRY_AFTER_MS = 1_000;

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export interface ProblemResponse {
  status: number;
  /** Everything but `Content-Length`; names in lower case. */
  headers: Record<string, string>;
  /** The serialized `Problem`. */
  body: string;
}

export function problemResponse(error: IdunError): ProblemResponse {
  const status = statusOf(error);
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code: error.code,
    detail: error.message,
    retryable: error.retryable,
  };
  const headers: Record<string, string> = {
    'content-type': PROBLEM_MEDIA_TYPE,
    'cache-control': 'no-store',
  };
  if (error.code === 'UNAUTHORIZED') headers['www-authenticate'] = 'Bearer';
  if (error.retryable && WITH_RETRY_AFTER.has(error.code))
    headers['retry-after'] = retryAfterSeconds(error);
  return { status, headers, body: JSON.stringify(problem) };
}

/** A store that went back in time and may not be healed is an operator's, not a caller's who comes again. */
function statusOf({ code, retryable }: IdunError): number {
  return code === 'STORE_REWOUND' && !retryable ? 500 : STATUS[code];
}

/** Rounded up, so that a caller who obeys never comes too early; 0 would invite a busy loop. */
function retryAfterSeconds(error: IdunError): string {
  return String(Math.max(1, Math.ceil((error.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS) / 1_000)));
}
