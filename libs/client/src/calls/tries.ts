import { IdunError } from '../../../contracts/src/index.js';
import { backoffMs } from '../backoff.js';
import type { ClientClock } from '../clock.js';
import { TransportError } from '../errors.js';
import { AttemptTimeout } from './attempt-timeout.js';

const LONGEST_PAUSE_MS = 500;
/** What a timer can hold. */
const LONGEST_DEADLINE_MS = 2 ** 31 - 1;

/** What one call has tried so far, and until when it may go on. */
export class Tries {
  attempts = 0;
  private readonly endMs: number;
  private rounds = 0;
  /** In this round; made at the first failure, as most calls have none. */
  private triedNames: Set<string> | undefined;
  private failedNames: Set<string> | undefined;
  private failure: TransportError | IdunError | undefined;
  /** The earliest time that a server of this round has named. */
  private retryAtMs = Infinity;

  constructor(
    private readonly clock: ClientClock,
    readonly deadlineMs: number,
  ) {
    this.endMs = clock.monotonicMs() + Math.min(deadlineMs, LONGEST_DEADLINE_MS);
  }

  get leftMs(): number {
    return this.endMs - this.clock.monotonicMs();
  }

  /** The names of the servers that failed in this round. */
  get tried(): ReadonlySet<string> | undefined {
    return this.triedNames;
  }

  /** A time-out does not replace a failure that says more. */
  failed(name: string, error: TransportError | IdunError): void {
    (this.triedNames ??= new Set()).add(name);
    (this.failedNames ??= new Set()).add(name);
    const saysMore = !(error instanceof AttemptTimeout);
    if (saysMore || !this.failure || this.failure instanceof AttemptTimeout) this.failure = error;
    if (error instanceof IdunError && error.retryAfterMs !== undefined) {
      const atMs = this.clock.monotonicMs() + error.retryAfterMs;
      this.retryAtMs = Math.min(this.retryAtMs, atMs);
    }
  }

  /**
   * Begins another round. Returns how long to pause before: no shorter than until the first server wants to be asked
   * again, unless that is too late for this call.
   */
  nextRound(random: () => number): number {
    const pauseMs = backoffMs(this.rounds, LONGEST_PAUSE_MS, random);
    const askedMs = this.retryAtMs < this.endMs ? this.retryAtMs - this.clock.monotonicMs() : 0;
    this.rounds++;
    this.triedNames = undefined;
    this.retryAtMs = Infinity;
    return Math.min(Math.max(pauseMs, askedMs), this.leftMs);
  }

  /** What a call is rejected with whose time is over. `sourceFailure`: why no servers may be known. */
  failureOf(pattern: string, sourceFailure: unknown): Error {
    const { failure } = this;
    if (!failure) return this.notSent(pattern, sourceFailure);
    if (failure instanceof IdunError) return failure;
    const servers = [...(this.failedNames ?? [])].join(', ');
    const attempts = this.attempts === 1 ? '1 attempt' : `${this.attempts} attempts`;
    return new TransportError(
      `No answer to ${pattern} within ${this.deadlineMs} ms, after ${attempts} at ${servers}: ${failure.message}`,
      { cause: failure },
    );
  }

  private notSent(pattern: string, sourceFailure: unknown): TransportError {
    return new TransportError(
      `${pattern} was not sent: no server that takes calls was known within ${this.deadlineMs} ms.`,
      { cause: sourceFailure },
    );
  }
}
