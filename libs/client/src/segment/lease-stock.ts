import type { IdunError } from '../../../contracts/src/index.js';
import { isPermanent, UnsafeIdError } from '../errors.js';
import { LeaseFetcher } from './lease-fetcher.js';
import { LeaseSize } from './lease-size.js';
import type { Lease } from './lease-source.port.js';
import type { SegmentOptions, SegmentPorts } from './segment-options.js';

/** What the stock needs to know of the one who uses it up. */
export interface LeaseUser {
  /** The highest id that it can tell apart from others. */
  readonly highestId: bigint;
  /** How many ids callers wait for. */
  awaited(): number;
  /** A lease is there, or a permanent failure of getting one. */
  changed(failure?: IdunError): void;
}

/** Keeps one lease ahead of the one that is used, sized by the rate at which the last was used up. */
export class LeaseStock {
  private readonly stop = new AbortController();
  private readonly size: LeaseSize;
  private readonly fetcher: LeaseFetcher;
  private ahead: Lease | undefined;
  private fetching: Promise<void> | undefined;
  private failure: { error: IdunError; untilMs: number } | undefined;
  /** The last failure since a lease was had, permanent or not. */
  lastFailure: unknown;
  /** The lease in use, for its rate. */
  private inUse: { count: number; sinceMs: number; usedUpMs?: number } | undefined;

  constructor(
    private readonly key: string,
    private readonly options: SegmentOptions,
    private readonly ports: SegmentPorts,
    private readonly user: LeaseUser,
  ) {
    this.size = new LeaseSize(options);
    this.fetcher = new LeaseFetcher(key, options.attemptTimeoutMs, {
      ...ports,
      onFailure: (operation, error) => {
        if (operation === 'lease') this.lastFailure = error;
        ports.onFailure(operation, error);
      },
    });
  }

  /** A permanent failure that is too fresh to ask again; else a lease is on its way. */
  ask(): IdunError | undefined {
    const failure = this.freshFailure;
    if (!failure) this.fetch();
    return failure;
  }

  private get freshFailure(): IdunError | undefined {
    const { failure } = this;
    return failure && this.ports.clock.monotonicMs() < failure.untilMs ? failure.error : undefined;
  }

  /** The next lease where there is one; else one is on its way. Call it only once the last is used up. */
  take(): Lease | undefined {
    const now = this.ports.clock.monotonicMs();
    if (this.inUse) this.inUse.usedUpMs ??= now;
    const lease = this.ahead;
    if (lease) {
      this.learn(now);
      this.inUse = { count: Number(lease.end - lease.start), sinceMs: now };
      this.ahead = undefined;
    }
    this.fetch();
    return lease;
  }

  /** Gives back `rest`, which begins at `from`, and all that is leased ahead or on its way. */
  async close(rest: Lease | undefined, from: bigint): Promise<void> {
    this.stop.abort();
    const returns: Promise<void>[] = [];
    if (rest && from < rest.end) returns.push(this.fetcher.giveBack(rest, from));
    await this.fetching;
    if (this.ahead) returns.push(this.fetcher.giveBack(this.ahead, this.ahead.start));
    this.ahead = undefined;
    await Promise.all(returns);
  }

  /** How many ids are leased ahead. */
  get remaining(): number {
    return this.ahead === undefined ? 0 : Number(this.ahead.end - this.ahead.start);
  }

  private learn(now: number): void {
    if (!this.inUse) return;
    const { count, sinceMs, usedUpMs = now } = this.inUse;
    this.size.learn(count, usedUpMs - sinceMs);
  }

  private fetch(): void {
    if (this.fetching || this.ahead || this.stop.signal.aborted || this.freshFailure) return;
    this.fetching = this.fetchOne().then((failure) => {
      this.fetching = undefined;
      if (!this.stop.signal.aborted) this.user.changed(failure);
    });
  }

  /** Gives the permanent failure, where there was one. */
  private async fetchOne(): Promise<IdunError | undefined> {
    // All callers of this turn are counted.
    await Promise.resolve();
    if (this.stop.signal.aborted) return undefined;
    const size = this.size.next(this.user.awaited());
    try {
      const lease = await this.fetcher.fetch(size, this.stop.signal);
      if (lease.end - 1n > this.user.highestId) {
        await this.fetcher.giveBack(lease, lease.start);
        throw new UnsafeIdError(this.key);
      }
      this.ahead = lease;
      this.failure = undefined;
      this.lastFailure = undefined;
      return undefined;
    } catch (error) {
      return this.failed(error, size);
    }
  }

  private async failed(error: unknown, size: number): Promise<IdunError | undefined> {
    if (this.stop.signal.aborted || !isPermanent(error)) return undefined;
    if (error.code === 'SIZE_INVALID' && this.size.refuse(size)) return this.fetchOne();
    const untilMs = this.ports.clock.monotonicMs() + this.options.failureCacheMs;
    this.failure = { error, untilMs };
    return error;
  }
}
