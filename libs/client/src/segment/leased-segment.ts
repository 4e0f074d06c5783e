import { IdunError } from '../../../contracts/src/index.js';
import type { CallOptions } from '../calls/call-options.js';
import { holdProcess } from '../clock.js';
import { ClientClosedError, NotReadyError } from '../errors.js';
import type { Lease } from './lease-source.port.js';
import { LeaseStock } from './lease-stock.js';
import { LeasedRange } from './leased-range.js';
import {
  DEFAULT_SEGMENT_OPTIONS,
  withDefaults,
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

  /** @internal */
  constructor(
    readonly key: string,
    highestId: bigint,
    options: Partial<SegmentOptions>,
    private readonly ports: SegmentPorts,
  ) {
    this.options = withDefaults(options, DEFAULT_SEGMENT_OPTIONS);
    this.waiting = new WaitingQueue(ports.clock);
    this.stock = new LeaseStock(key, this.options, ports, {
      highestId,
      awaited: () => this.waiting.awaited,
      changed: (failure) => this.changed(failure),
    });
  }

  /**
   * An id without waiting, `none` where there is none at hand: then `next()` waits, or says why there is none. No id is
   * 0 or empty; with a `none` of that kind the compiler keeps numbers out of the heap, which is more than twice as fast.
   * Throws `ClientClosedError`.
   */
  abstract tryNext(): Id | undefined;
  abstract tryNext<None>(none: None): Id | None;

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
   * A range of `size` ids for the caller to hand out by itself; none of them comes from `next` or `take`, and `close` does
   * not give it back. Asked for under one request id until the deadline. Rejects with an `IdunError` of the server, a
   * `TransportError` at the deadline, the reason of the signal, or `ClientClosedError`.
   */
  async lease(size: number, options: CallOptions = {}): Promise<LeasedRange> {
    if (this.closing) throw new ClientClosedError();
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new IdunError('SIZE_INVALID', 'The size of a lease is a whole number from 1 on.');
    }
    const { source, newRequestId } = this.ports;
    const deadlineMs = options.deadlineMs ?? this.options.deadlineMs;
    const terms = { ...options, deadlineMs };
    const lease = await holdProcess(source.lease(this.key, size, newRequestId(), terms));
    return new LeasedRange(lease, source, this.options.deadlineMs);
  }

  /** How many ids are at hand without asking a server. */
  get available(): number {
    const { current } = this;
    const rest = current === undefined ? 0 : Number(current.end - this.position);
    return rest + this.stock.remaining;
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
    this.countIssued();
    const lease = this.stock.take();
    this.current = lease;
    if (lease) this.load(lease);
    return lease !== undefined;
  }

  private async closeOnce(): Promise<void> {
    const from = this.position;
    const rest = this.current;
    this.countIssued();
    this.current = undefined;
    this.end();
    this.waiting.rejectAll(new ClientClosedError());
    await this.stock.close(rest, from);
  }

  private countIssued(): void {
    if (this.current) this.ports.onIssued(Number(this.position - this.current.start));
  }

  private wait(ids: Id[], count: number, { deadlineMs, signal }: CallOptions): Promise<Id[]> {
    const failure = this.stock.ask();
    if (failure) return Promise.reject(failure);
    const late = () => new NotReadyError(this.key, this.stock.lastFailure);
    return holdProcess(
      this.waiting.wait(ids, count, deadlineMs ?? this.options.deadlineMs, late, signal),
    );
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
