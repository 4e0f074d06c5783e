/** Every code that a caller can meet, with whether the same call may succeed later. */
const RETRYABLE = {
  KEY_INVALID: false,
  COUNT_INVALID: false,
  SIZE_INVALID: false,
  ID_INVALID: false,
  BODY_INVALID: false,
  REQUEST_INVALID: false,
  UNAUTHORIZED: false,
  FORBIDDEN: false,
  KEY_NOT_FOUND: false,
  LEASE_NOT_FOUND: false,
  NOT_FOUND: false,
  METHOD_NOT_ALLOWED: false,
  KEY_EXISTS: false,
  ADVANCE_BACKWARDS: false,
  IDEMPOTENCY_CONFLICT: false,
  LEASE_RETURNED: false,
  RATE_LIMITED: true,
  SEGMENT_NOT_READY: true,
  STORE_UNAVAILABLE: true,
  WORKER_LEASE_LOST: true,
  WORKER_IDS_EXHAUSTED: true,
  CLOCK_BACKWARDS: true,
  CLOCK_UNTRUSTED: true,
  OVERLOADED: true,
  SHUTTING_DOWN: true,
  MODE_DISABLED: false,
  KEY_SUSPENDED: false,
  STORE_REWOUND: true,
  KEY_EXHAUSTED: false,
  INTERNAL: false,
} as const;

export type ErrorCode = keyof typeof RETRYABLE;

export const ERROR_CODES = Object.keys(RETRYABLE) as readonly ErrorCode[];

export function isRetryable(code: ErrorCode): boolean {
  return RETRYABLE[code];
}
