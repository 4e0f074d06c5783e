import type { DecodedSnowflake, SegmentIds, SnowflakeIds } from '../../contracts/src/index.js';
import type { CallOptions } from './calls/call-options.js';
import type { Caller } from './calls/caller.port.js';
import type { PoolObserver } from './calls/pool-observer.js';
import { RemoteLeases } from './calls/remote-leases.js';
import { checkSegmentSettings } from './check-options.js';
import type { KeyOptions, SegmentSettings } from './client-options.js';
import { holdProcess, withTimeout, type ClientClock } from './clock.js';
import { ClientClosedError } from './errors.js';
import { ClientEmitter } from './observing/client-emitter.js';
import type { ClientEvent, ClientListener } from './observing/client-events.js';
import { ClientMetrics } from './observing/client-metrics.js';
import { ClientObserver } from './observing/client-observer.js';
import { RemoteIds } from './remote-ids.js';
import {
  DEFAULT_SEGMENT_OPTIONS,
  withDefaults,
  type SegmentPorts,
} from './segment/segment-options.js';
import { Segments, type IdKind, type SegmentKinds } from './segment/segments.js';
import { Snowflake } from './snowflake.js';
import type { TimeLimits } from './time-limits.js';
import type { Pattern, Reply, Request } from './transport/connection.port.js';

export interface ClientParts {
  pool: (observer: PoolObserver) => Caller & { close(): Promise<void> };
  clock: ClientClock;
  /** From 0 to 1, 1 excluded. */
  random: () => number;
  /** Different at each call, in every process. */
  newRequestId: () => string;
  limits: TimeLimits;
  segment: KeyOptions;
}

/**
 * Ids for this process: of `segment(key)`, issued from leased ranges without asking anybody, and of `snowflake` and the `get…`
 * methods, each one call of a server. Made by `createClient`; to be closed, or what it has leased is lost.
 */
export class IdunClient implements SegmentIds, SnowflakeIds, Caller, AsyncDisposable {
  readonly snowflake: Snowflake;
  private readonly emitter = new ClientEmitter();
  private readonly metrics = new ClientMetrics(() => this.segments.remaining());
  private readonly remote = new RemoteIds(this);
  private readonly segments: Segments;
  private readonly pool: Caller & { close(): Promise<void> };
  private closing: Promise<void> | undefined;

  /** @internal */
  constructor(private readonly parts: ClientParts) {
    const { limits, segment } = parts;
    const tried = new WeakSet<object>();
    const observer = new ClientObserver(this.emitter, this.metrics, tried);
    this.pool = parts.pool(observer);
    const source = new RemoteLeases(this.pool, {
      callMs: limits.leaseCallMs,
      tried,
      onLeased: (lease) => observer.onLeased(lease),
      onReturned: (lease, from, count) => observer.onReturned(lease, from, count),
    });
    const defaults = withDefaults(segment, {
      ...DEFAULT_SEGMENT_OPTIONS,
      deadlineMs: limits.deadlineMs,
      attemptTimeoutMs: limits.leaseGuardMs,
    });
    const { clock, random, newRequestId } = parts;
    const portsOf = (key: string, kind: IdKind): SegmentPorts => ({
      source,
      clock,
      random,
      newRequestId,
      onFailure: (operation, error) => observer.onLeaseFailure(operation, key, error),
      onIssued: (count) => this.metrics.issued(key, kind, count),
    });
    this.segments = new Segments(defaults, portsOf);
    this.snowflake = new Snowflake(this.remote);
  }

  /**
   * The ids of `key`, issued in this process. Called again with the same key and `as` it is the same object, which
   * shares its leases; an option that differs from the one in use is a `TypeError`. Throws `KEY_INVALID`, and
   * `ClientClosedError`.
   */
  segment<K extends IdKind = 'bigint'>(
    key: string,
    settings: SegmentSettings<K> = {},
  ): SegmentKinds[K] {
    if (this.closing) throw new ClientClosedError();
    checkSegmentSettings(settings);
    const { as = 'bigint', ...options } = settings;
    return this.segments.get(key, as as K, options);
  }

  /** One id of a server's own segment of `key`. */
  getSegmentId(key: string, options?: CallOptions): Promise<string> {
    return this.remote.getSegmentId(key, options);
  }

  /** `count` ids of a server's own segment of `key`, 1 to 10,000. */
  getSegmentIds(key: string, count: number, options?: CallOptions): Promise<string[]> {
    return this.remote.getSegmentIds(key, count, options);
  }

  /** One snowflake id; `key` labels the caller and need not exist. */
  getSnowflakeId(key: string, options?: CallOptions): Promise<string> {
    return this.remote.getSnowflakeId(key, options);
  }

  /** `count` snowflake ids, 1 to 10,000. */
  getSnowflakeIds(key: string, count: number, options?: CallOptions): Promise<string[]> {
    return this.remote.getSnowflakeIds(key, count, options);
  }

  /** Takes an id apart by the layout of the server that is asked. */
  decodeSnowflakeId(id: string, options?: CallOptions): Promise<DecodedSnowflake> {
    return this.remote.decodeSnowflakeId(id, options);
  }

  /**
   * A message of any pattern, as it goes over the wire. Rejects with an `IdunError` of the server, at the deadline with a
   * `TransportError` where no server answered, with the reason of the signal, or with `ClientClosedError`.
   */
  async call<P extends Pattern>(
    pattern: P,
    request: Request<P>,
    options: CallOptions = {},
  ): Promise<Reply<P>> {
    if (this.closing) throw new ClientClosedError();
    return holdProcess(this.pool.call(pattern, request, options));
  }

  on<E extends ClientEvent>(event: E, listener: ClientListener<E>): this {
    this.emitter.listeners.on(event, listener as never);
    return this;
  }

  once<E extends ClientEvent>(event: E, listener: ClientListener<E>): this {
    this.emitter.listeners.once(event, listener as never);
    return this;
  }

  off<E extends ClientEvent>(event: E, listener: ClientListener<E>): this {
    this.emitter.listeners.off(event, listener as never);
    return this;
  }

  /**
   * Gives back what is unused of all keys, then ends the connections and the discovery. Every call from now on fails
   * with `ClientClosedError`. Never rejects; takes 5 s at most with the `attemptTimeoutMs` of 700, and as a rule a few
   * milliseconds. Leases of `segment.lease()` stay as they are.
   */
  close(): Promise<void> {
    this.closing ??= holdProcess(this.closeOnce());
    return this.closing;
  }

  /** For `await using`: as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async closeOnce(): Promise<void> {
    const { clock, limits } = this.parts;
    await this.segments.close();
    const late = () => new Error('It goes on without anyone waiting for it.');
    const disconnect = () => this.pool.close();
    await withTimeout(clock, limits.disconnectMs, undefined, late, disconnect).catch(() => {});
    this.metrics.close();
  }
}
