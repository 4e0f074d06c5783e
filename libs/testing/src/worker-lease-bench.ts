import type {
  AcquireRequest,
  WorkerLeaseGrant,
  WorkerLeaseStore,
  WorkerRegistryOptions,
} from '#core';
import { FakeClock } from './fake-clock.js';

export interface WorkerLeaseFixture {
  /** A store object as another node would have it, over the same records. */
  node(options: WorkerRegistryOptions): WorkerLeaseStore;
  close(): Promise<void>;
}

export const TTL_MS = 10_000;
export const GRACE_MS = 2_000;
export const TIMEOUT_MS = 10_000;

/** What the cases of the contract are made of. */
export class LeaseBench {
  clock = new FakeClock();
  /** The store's clock is the real one. */
  readonly now = Date.now();
  private fixture: WorkerLeaseFixture | undefined;
  private owners = 0;

  constructor(private readonly factory: () => Promise<WorkerLeaseFixture>) {}

  async open(): Promise<void> {
    this.clock = new FakeClock();
    this.fixture = await this.factory();
  }

  async close(): Promise<void> {
    await this.fixture?.close();
  }

  node(options: Partial<WorkerRegistryOptions> = {}): WorkerLeaseStore {
    if (!this.fixture) throw new Error('the bench is not open');
    return this.fixture.node({
      firstWorkerId: 0,
      lastWorkerId: 3,
      leaseTtlMs: TTL_MS,
      graceMs: GRACE_MS,
      maxAheadMs: 60_000,
      clock: this.clock,
      ...options,
    });
  }

  by(instance: string, more: Partial<AcquireRequest> = {}): AcquireRequest {
    return {
      instance,
      owner: `${instance}#${++this.owners}`,
      reserveUntilMs: this.now + 3_000,
      wallMs: Date.now(),
      timeoutMs: TIMEOUT_MS,
      ...more,
    };
  }

  renew(
    store: WorkerLeaseStore,
    grant: WorkerLeaseGrant,
    reserveUntilMs: number,
    lastTimestampMs = 0,
  ): Promise<WorkerLeaseGrant> {
    const wallMs = Date.now();
    return store.renew(grant, { reserveUntilMs, lastTimestampMs, wallMs, timeoutMs: TIMEOUT_MS });
  }
}
