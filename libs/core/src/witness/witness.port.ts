import type { SegmentRange } from '../segment/segment-store.port.js';

/** `mark`: all that was ever claimed lies below it. */
export type Claim =
  /** `claim`: its number, from 1, that no other claim of the key has. */
  | { verdict: 'claimed'; claim: bigint }
  | { verdict: 'rewound'; mark: bigint }
  /** The store that gave the range has a lower epoch than this, which was seen: another server has taken its place. */
  | { verdict: 'stale'; epoch: bigint };

/**
 * So long after it was skipped an unclaimed range can still be claimed, by the witness's own clock. Who could not claim
 * within half of it drops the range, so that clocks need not agree on more than the other half.
 */
export const CLAIM_WINDOW_MS = 10_000;

/**
 * Remembers, apart from the store, which ids of a key were given, so that none is twice, whatever the store does.
 *
 * An id is unclaimed at or above the key's mark, and below it in a hole: a range that was skipped, for
 * {@link CLAIM_WINDOW_MS}, or one that was released. A claim takes ids that are unclaimed, all of them or none.
 *
 * Every method settles within `timeoutMs` and rejects with `STORE_UNAVAILABLE` (cause attached) when the outcome is
 * failure or unknown. After that nothing of the call is done any more, but what was sent may be carried out.
 */
export interface Witness {
  /** Makes sure that the key is known; one that is not begins with `maxId` as its mark. */
  open(key: string, maxId: bigint, timeoutMs: number): Promise<void>;

  /**
   * Of a key that was opened. Ids between the mark and the range become a hole. `epoch` is that of the store, undefined
   * where it tells none.
   * Never repeated after a rejection: the range may have been claimed.
   */
  claim(
    key: string,
    range: SegmentRange,
    epoch: bigint | undefined,
    timeoutMs: number,
  ): Promise<Claim>;

  /**
   * Makes ids unclaimed that the caller had by the claim of this number and has given up. True when all of them are
   * unclaimed now. False, and nothing is done, where some may be somebody else's by now: then none may be given again.
   * Never repeated after a rejection.
   */
  release(key: string, range: SegmentRange, claim: bigint, timeoutMs: number): Promise<boolean>;

  /** Makes ids claimed that were given without this witness; no claim can release them any more. May be repeated. */
  cover(key: string, range: SegmentRange, timeoutMs: number): Promise<void>;
}
