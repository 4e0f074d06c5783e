export const DEFAULT_ATTEMPT_TIMEOUT_MS = 700;
export const DEFAULT_DEADLINE_MS = 2_000;

const SLACK_MS = 100;

export interface TimeLimits {
  attemptTimeoutMs: number;
  deadlineMs: number;
  leaseCallMs: number;
  leaseGuardMs: number;
  disconnectMs: number;
}

/**
 * How the limits of time lie in one another:
 *
 * - `attemptTimeoutMs` (700): one server has not answered, another is asked.
 * - `deadlineMs` (2,000): a call of the user ends, after two whole attempts and a part of a third.
 * - `leaseCallMs` (1,500): a call for a lease in the background ends, after two attempts: sooner than a caller who waits for its
 *   ids, who can be told why. It is made again under the same request id, after a pause, for as long as it takes.
 * - `leaseGuardMs` (2,000): such a call is given up from outside. It has ended by itself before.
 * - `disconnectMs` (1,000): a client that closes waits for its connections to end. Before, a lease under way ends, and what is
 *   unused is given back, each within `leaseGuardMs`: so it is closed after 5,000 at the latest.
 */
export function timeLimits(
  attemptTimeoutMs = DEFAULT_ATTEMPT_TIMEOUT_MS,
  deadlineMs = DEFAULT_DEADLINE_MS,
): TimeLimits {
  const leaseCallMs = 2 * attemptTimeoutMs + SLACK_MS;
  const leaseGuardMs = leaseCallMs + 5 * SLACK_MS;
  return {
    attemptTimeoutMs,
    deadlineMs,
    leaseCallMs,
    leaseGuardMs,
    disconnectMs: 1_000,
  };
}
