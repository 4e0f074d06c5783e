import { IdunError } from '../../../contracts/src/index.js';
import { ClientClosedError, NotReadyError } from '../errors.js';
import type { Lease } from './lease-source.port.js';
import { LeaseStock } from './lease-stock.js';
import {
  DEFAULT_SEGMENT_OPTIONS,
  type CallOptions,
  type SegmentOptions,
  type SegmentPorts,
} from './segment-options.js';
import { WaitingQueue } from './waiting-queue.js';

export const MAX_TAKE = 1_000_000;

/**
 * Issues the ids of one key in this process, from leases of a server. A class for each kind of id has the
 * hot path: it counts through the lease at hand, and comes here only at its end.
 *
 * Ids are unique; they ascend within a lease only, as a lease may lie below the one before.
 */
export abstract class LeasedSegment<Id> {
  private readonly options: SegmentOptions;
  private readonly stock: LeaseStock;
  private readonly waiting: WaitingQueue<Id>;
  private current: Lease | undefined;
  private closing: Promise<void> | undefined;

  constructor(
    readonly key: string,
    highestId: bigint,
    options: Partial<SegmentOptions>,
    ports: SegmentPorts,
  ) {
    this.options = { ...DEFAULT_SEGMENT_OPTIONS, ...options };
    this.waiting = new WaitingQueue(ports.clock);
    this.stock = new LeaseStock(key, this.options, ports, {
      highestId,
      awaited: () => this.waiting.awaited,
      changed: (failure) => this.changed(failure),
    });
  }

  /**
   * An id without waiting, undefined where none is at hand: then `next()` waits, or says why there is none.
   * Throws `ClientClosedError`.
   */
  abstract tryNext(): Id | undefined;

  /** Counts through `lease` from now on. */
  protected abstract load(lease: Lease): void;

  /** The first id of the lease at hand that was not issued. */
  protected abstract get position(): bigint;

  /** Ends the lease at hand where it is, so that `tryNext` comes to `refill`. */
  protected abstract end(): void;

  /**
   * One id, as soon as there is one, in the order of the calls. Rejects with `NotReadyError` at the deadline, a
   * permanent `IdunError` of the server, the reason of the signal, or `ClientClosedError`.
   */
  async next(options: CallOptions = {}): Promise<Id> {
    options.signal?.throwIfAborted();
    const id = this.tryNext();
    if (id !== undefined) return id;
    const [waited] = await this.wait([], 1, options);
    return waited as Id;
  }

  /** `count` ids, 1 to 1,000,000. Rejects as `next`; what a call that ends early had got by then is lost. */
  async take(count: number, options: CallOptions = {}): Promise<Id[]> {
    if (!Number.isInteger(count) || count < 1 || count > MAX_TAKE) {
      throw new IdunError('COUNT_INVALID', `A count is an integer from 1 to ${MAX_TAKE}.`);
    }
    options.signal?.throwIfAborted();
    const ids: Id[] = [];
    this.collect(ids, count);
    return ids.length === count ? ids : this.wait(ids, count, options);
  }

  /**
   * Ends this key: callers that wait are refused, and what was not issued goes back to the servers. Never
   * rejects; takes two attempts at most.
   */
  close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  /** At the end of a lease: whether the next one was at hand and is loaded. */
  protected refill(): boolean {
    if (this.closing) throw new ClientClosedError();
    const lease = this.stock.take();
    this.current = lease;
    if (lease) this.load(lease);
    return lease !== undefined;
  }

  private async closeOnce(): Promise<void> {
    const from = this.position;
    const rest = this.current;
    this.end();
    this.waiting.rejectAll(new ClientClosedError());
    await this.stock.close(rest, from);
  }

  private wait(ids: Id[], count: number, { deadlineMs, signal }: CallOptions): Promise<Id[]> {
    const failure = this.stock.ask();
    if (failure) return Promise.reject(failure);
    const late = () => new NotReadyError(this.key, this.stock.lastFailure);
    return this.waiting.wait(ids, count, deadlineMs ?? this.options.deadlineMs, late, signal);
  }

  private collect(ids: Id[], count: number): void {
    while (ids.length < count) {
      const id = this.tryNext();
      if (id === undefined) return;
      ids.push(id);
    }
  }

  private changed(failure: IdunError | undefined): void {
    if (failure) this.waiting.rejectAll(failure);
    else this.waiting.serve((ids, count) => this.collect(ids, count));
  }
}
