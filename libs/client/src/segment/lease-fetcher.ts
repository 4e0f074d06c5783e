import { backoffMs } from '../backoff.js';
import { pause, withTimeout, type ClientClock } from '../clock.js';
import { isPermanent, TransportError } from '../errors.js';
import { IdunError } from '../../../contracts/src/index.js';
import type { Lease, LeaseSource } from './lease-source.port.js';

export interface LeaseFetcherPorts {
  source: LeaseSource;
  clock: ClientClock;
  /** From 0 to 1, 1 excluded. */
  random: () => number;
  /** Different at each call, in every process. */
  newRequestId: () => string;
  /** Told of each failure, also of those that are made good by a retry. */
  onFailure: (operation: 'lease' | 'return', error: unknown) => void;
}

/** Shorter than callers wait, so that each of them has an attempt. */
const LONGEST_PAUSE_MS = 1_000;

/** Repeats a lease under one request id until it is had: an answer that was lost costs no second range. */
export class LeaseFetcher {
  constructor(
    private readonly key: string,
    private readonly attemptTimeoutMs: number,
    private readonly ports: LeaseFetcherPorts,
  ) {}

  /**
   * Rejects with a permanent `IdunError`. After `stop` is aborted an attempt under way still ends, as its
   * range may have been given already, but none follows: then it rejects with the last failure.
   */
  async fetch(size: number, stop: AbortSignal): Promise<Lease> {
    const { source, clock, newRequestId, onFailure } = this.ports;
    const requestId = newRequestId();
    for (let failures = 0; ; failures++) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
        return await this.timed((signal) => source.lease(this.key, size, requestId, { signal }));
      } catch (error) {
        onFailure('lease', error);
        if (stop.aborted || isPermanent(error)) throw error;
        // oxlint-disable-next-line no-await-in-loop -- as above
        await pause(clock, this.pauseMs(failures, error), stop);
        if (stop.aborted) throw error;
      }
    }
  }

  /** Never rejects: what cannot be given back is lost, as after a kill. */
  async giveBack(lease: Lease, from: bigint): Promise<void> {
    try {
      await this.timed((signal) => this.ports.source.return(lease, from, { signal }));
    } catch (error) {
      this.ports.onFailure('return', error);
    }
  }

  private timed<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const timedOut = () => new TransportError('The servers did not answer in time.');
    return withTimeout(this.ports.clock, this.attemptTimeoutMs, undefined, timedOut, call);
  }

  /** No earlier than the server says. */
  private pauseMs(failures: number, error: unknown): number {
    const pauseMs = backoffMs(failures, LONGEST_PAUSE_MS, this.ports.random);
    const asked = error instanceof IdunError ? (error.retryAfterMs ?? 0) : 0;
    return Math.max(pauseMs, Math.min(asked, LONGEST_PAUSE_MS));
  }
}
