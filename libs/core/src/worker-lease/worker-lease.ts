import { IdunError } from '#contracts';
import type { Clock, Scheduler } from '../clock.js';
import { workerLeaseLost } from '../errors.js';
import type { HeldWorkerId, WorkerIdSource } from './worker-id-source.port.js';
import type { WorkerLeaseGrant, WorkerLeaseStore } from './worker-lease-store.port.js';

export interface WorkerLeaseOptions {
  /** A token that no other process ever used. */
  owner: string;
  /** How long a lease holds without a renewal, and how far ahead timestamps are reserved. */
  ttlMs: number;
  /** How long one call to the store may take. */
  timeoutMs: number;
}

export interface WorkerLeaseDependencies {
  store: WorkerLeaseStore;
  clock: Clock;
  scheduler: Scheduler;
  random: () => number;
  /** For the operator's log: an id was taken or lost, or renewing it began or ceased to fail. */
  onChange: (workerId: number | undefined, failure: unknown) => void;
}

/** A third of the lease: two renewals may fail before it ends. */
const RENEWALS_PER_TTL = 3;
const RETRY_MS = 400;

interface Instant {
  wallMs: number;
  monotonicMs: number;
}

/**
 * This node's worker id: taken, kept by renewals, and taken anew when it was lost.
 *
 * Safe by the reservation alone: a renewal moves it forward in one write that fails once somebody else has
 * the id, and no timestamp above what was confirmed is used. The deadline, counted on both clocks from
 * before a renewal was sent, only makes the end of a lease early and clean.
 */
export class WorkerLease implements WorkerIdSource {
  private grant: WorkerLeaseGrant | undefined;
  private current: HeldWorkerId | undefined;
  /** What the last attempt failed with. */
  private failure: unknown;
  private deadline: Instant = { wallMs: 0, monotonicMs: 0 };
  private retryAtMs = 0;
  private lastIssuedMs = 0;
  private wantedMs = 0;
  private cancelTimer: (() => void) | undefined;
  private underWay: Promise<void> | undefined;
  private state: 'idle' | 'running' | 'stopped' = 'idle';
  private announced = '';
  private instance = '';

  constructor(
    private readonly options: WorkerLeaseOptions,
    private readonly deps: WorkerLeaseDependencies,
  ) {}

  /**
   * Begins to ask for an id, in the background, and goes on until it is stopped.
   * `instance` is the name under which this node asks for the id that it had before.
   */
  start(instance: string): void {
    if (this.state !== 'idle') return;
    this.state = 'running';
    this.instance = instance;
    void this.step();
  }

  /** Uses the id no more and gives it back, so that it may be used again at once. Never rejects. */
  async stop(): Promise<void> {
    this.state = 'stopped';
    this.cancelTimer?.();
    await this.underWay;
    const grant = this.grant;
    this.drop();
    if (grant === undefined) return;
    try {
      await this.deps.store.release(grant, this.lastIssuedMs, this.options.timeoutMs);
    } catch (error) {
      this.deps.onChange(undefined, error);
    }
  }

  held(): HeldWorkerId {
    if (this.state === 'stopped') throw workerLeaseLost('This node is shutting down.');
    if (this.current === undefined) throw this.reason('No worker id is held yet: try again.');
    const { wallMs, monotonicMs } = this.now();
    if (wallMs < this.deadline.wallMs && monotonicMs < this.deadline.monotonicMs) {
      return this.current;
    }
    // After a suspended machine wakes up, or a jump of the clock, the next renewal is not waited for.
    if (monotonicMs >= this.retryAtMs) void this.step();
    throw this.reason('The worker id was not renewed in time: ids are given again once it is.');
  }

  noteIssued(timestampMs: number): void {
    this.lastIssuedMs = timestampMs;
  }

  async extend(timestampMs: number): Promise<void> {
    this.wantedMs = Math.max(this.wantedMs, timestampMs);
    // A renewal that is under way may have been sent for less.
    for (let attempt = 0; attempt < 2; attempt++) {
      if (this.deps.clock.monotonicMs() < this.retryAtMs) break;
      // oxlint-disable-next-line no-await-in-loop -- the second only where the first was not enough
      await this.step();
      if (this.held().reservedUntilMs >= timestampMs) return;
    }
    throw this.reason('The timestamps of the worker id are used up: its renewal is under way.');
  }

  /** One acquisition or renewal; one at a time, then the next is planned. */
  private step(): Promise<void> {
    this.underWay ??= this.acquireOrRenew().finally(() => {
      this.underWay = undefined;
    });
    return this.underWay;
  }

  private async acquireOrRenew(): Promise<void> {
    if (this.state !== 'running') return;
    this.cancelTimer?.();
    let delayMs = this.options.ttlMs / RENEWALS_PER_TTL;
    try {
      if (this.grant === undefined) await this.acquire();
      await this.renew();
      this.failure = undefined;
    } catch (error) {
      this.failure = error;
      this.wantedMs = 0;
      // What was confirmed stays usable until its deadline, unless the id has another holder.
      if (codeOf(error) === 'WORKER_LEASE_LOST') this.drop();
      delayMs = RETRY_MS * (0.5 + this.deps.random() / 2);
      this.retryAtMs = this.deps.clock.monotonicMs() + delayMs;
    }
    this.announce();
    if (this.state !== 'running') return;
    this.cancelTimer = this.deps.scheduler.after(delayMs, () => void this.step());
  }

  private async acquire(): Promise<void> {
    const { owner, timeoutMs } = this.options;
    const sentAt = this.now();
    const { wallMs } = sentAt;
    const grant = await this.deps.store.acquire({
      instance: this.instance,
      owner,
      // Nothing ahead yet: should this reply be lost, its own reservation would be in the way.
      reserveUntilMs: wallMs,
      wallMs,
      timeoutMs,
    });
    this.confirmed(grant, sentAt, grant.highestTimestampMs);
  }

  private async renew(): Promise<void> {
    const grant = this.grant!;
    const { ttlMs, timeoutMs } = this.options;
    const sentAt = this.now();
    const { wallMs } = sentAt;
    const renewed = await this.deps.store.renew(grant, {
      reserveUntilMs: Math.max(wallMs, this.lastIssuedMs, this.wantedMs) + ttlMs,
      lastTimestampMs: this.lastIssuedMs,
      wallMs,
      timeoutMs,
    });
    // Only a node that comes back may be far behind the others; while it runs, its own clock is watched. What an
    // operator has lowered since counts no more.
    const highestMs = Math.min(this.current?.highestTimestampMs ?? 0, renewed.highestTimestampMs);
    this.confirmed(renewed, sentAt, highestMs);
  }

  private confirmed(grant: WorkerLeaseGrant, sentAt: Instant, highestTimestampMs: number): void {
    const { workerId, floorMs, reservedUntilMs } = grant;
    const { ttlMs } = this.options;
    this.grant = grant;
    this.current = { workerId, floorMs, reservedUntilMs, highestTimestampMs };
    this.deadline = { wallMs: sentAt.wallMs + ttlMs, monotonicMs: sentAt.monotonicMs + ttlMs };
    if (reservedUntilMs >= this.wantedMs) this.wantedMs = 0;
  }

  private drop(): void {
    this.grant = undefined;
    this.current = undefined;
  }

  private now(): Instant {
    return { wallMs: this.deps.clock.wallMs(), monotonicMs: this.deps.clock.monotonicMs() };
  }

  /** Why no id is held, as a caller is told: the store's own trouble is no concern of his. */
  private reason(detail: string): IdunError {
    const { failure } = this;
    return failure instanceof IdunError && failure.code !== 'STORE_UNAVAILABLE'
      ? failure
      : workerLeaseLost(detail, failure);
  }

  private announce(): void {
    const state = `${this.grant?.workerId ?? 'none'} ${codeOf(this.failure) ?? 'ok'}`;
    if (state === this.announced) return;
    this.announced = state;
    this.deps.onChange(this.grant?.workerId, this.failure);
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof IdunError ? error.code : error === undefined ? undefined : 'INTERNAL';
