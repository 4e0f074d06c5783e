import { IdunError } from '#contracts';

/**
 * Each failure's sentence stands here once, so that every edge and every adapter says the same.
 * A sentence tells the caller what to do and nothing of the inside; the cause is for the log.
 */
export const keyNotFound = (key: string) =>
  new IdunError('KEY_NOT_FOUND', `There is no key '${key}': create it first, reading never does.`);

export const keyExhausted = (key: string) =>
  new IdunError(
    'KEY_EXHAUSTED',
    `Key '${key}' has given out its whole 63-bit space: use another key.`,
  );

export const noRangeLeft = (key: string, size: number) =>
  new IdunError(
    'KEY_EXHAUSTED',
    `Key '${key}' has no ${size} ids in a row left in its 63-bit space: lease fewer, or use another key.`,
  );

export const leaseNotFound = () =>
  new IdunError(
    'LEASE_NOT_FOUND',
    'There is no such lease: it was never given, or longer ago than leases are remembered.',
  );

export const leaseReturned = () =>
  new IdunError(
    'LEASE_RETURNED',
    'This lease was returned: use none of its ids from there on, and lease anew under another request id.',
  );

export const idempotencyConflict = (size: number) =>
  new IdunError(
    'IDEMPOTENCY_CONFLICT',
    `This request id was used for a lease of ${size} ids: use another one for another size.`,
  );

export const fromNotInLease = (start: bigint, end: bigint) =>
  new IdunError('BODY_INVALID', `from is not in the lease: it is an id from ${start} to ${end}.`);

export const segmentNotReady = (key: string, retryAfterMs: number, cause?: unknown) =>
  new IdunError(
    'SEGMENT_NOT_READY',
    `The next ids of key '${key}' are still being fetched: try again.`,
    { retryAfterMs, cause },
  );

export const storeUnavailable = (cause?: unknown) =>
  new IdunError('STORE_UNAVAILABLE', 'The store does not answer: try again.', {
    retryAfterMs: 1_000,
    cause,
  });

export const workerLeaseLost = (detail: string, cause?: unknown) =>
  new IdunError('WORKER_LEASE_LOST', detail, { retryAfterMs: 1_000, cause });

export const workerIdsExhausted = (detail: string) =>
  new IdunError('WORKER_IDS_EXHAUSTED', detail, { retryAfterMs: 1_000 });

export const overloaded = (detail: string) => new IdunError('OVERLOADED', detail);

export const clockBackwards = (detail: string, retryAfterMs: number) =>
  new IdunError('CLOCK_BACKWARDS', detail, { retryAfterMs });

export const clockUntrusted = (aheadMs: number) =>
  new IdunError(
    'CLOCK_UNTRUSTED',
    `This node's clock is ${Math.round(aheadMs)} ms ahead of the store's: set it right.`,
    { retryAfterMs: 1_000 },
  );
