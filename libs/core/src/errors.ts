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

export const keyExists = (key: string) =>
  new IdunError('KEY_EXISTS', `There is a key '${key}' already: change it instead.`);

export const keyTakenFor = (key: string, other: string) =>
  new IdunError(
    'KEY_EXISTS',
    `The table's collation takes '${key}' and the key '${other}' that exists for one: choose another name.`,
  );

export const keyNotStorable = (key: string, cause?: unknown) =>
  new IdunError(
    'KEY_INVALID',
    `The table's character set cannot hold the key '${key}', or its description.`,
    { cause },
  );

export const keyNotSuspended = (key: string) =>
  new IdunError(
    'REQUEST_INVALID',
    `Key '${key}' still gives ids: suspend it, see that nobody misses it, then delete it.`,
  );

export const advanceBeyondEnd = (key: string) =>
  new IdunError(
    'KEY_EXHAUSTED',
    `Key '${key}' ends at 9223372036854775807: it cannot be moved beyond that.`,
  );

export const advanceBackwards = (key: string, maxId: bigint) =>
  new IdunError(
    'ADVANCE_BACKWARDS',
    `Key '${key}' stands at ${maxId} and only moves forward: advance it to a higher id.`,
  );

export const keySuspended = (key: string) =>
  new IdunError('KEY_SUSPENDED', `Key '${key}' is suspended: an operator has to resume it.`);

export const rateLimited = (key: string, ratePerSecond: number, retryAfterMs: number) =>
  new IdunError(
    'RATE_LIMITED',
    `Key '${key}' gives ${ratePerSecond} ids a second at this node: ask more slowly.`,
    { retryAfterMs },
  );

/** Heals: the key has moved on, and the same call may succeed. */
export const storeRewound = (key: string, cause?: unknown) =>
  new IdunError(
    'STORE_REWOUND',
    `The store gave ids of key '${key}' that were given before: none was handed out, try again.`,
    { retryAfterMs: 1_000, cause },
  );

/** Refuses: nothing is given until somebody has looked. */
export const storeRewoundForGood = (key: string, cause?: unknown) =>
  new IdunError(
    'STORE_REWOUND',
    `The store gave ids of key '${key}' that were given before: an operator has to advance the key.`,
    { retryable: false, cause },
  );

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

export const shuttingDown = () =>
  new IdunError('SHUTTING_DOWN', 'This node is shutting down: call another.');

export const overloaded = (detail: string) => new IdunError('OVERLOADED', detail);

export const clockBackwards = (detail: string, retryAfterMs: number) =>
  new IdunError('CLOCK_BACKWARDS', detail, { retryAfterMs });

export const clockUntrusted = (aheadMs: number) =>
  new IdunError(
    'CLOCK_UNTRUSTED',
    `This node's clock is ${Math.round(aheadMs)} ms ahead of the store's: set it right.`,
    { retryAfterMs: 1_000 },
  );
