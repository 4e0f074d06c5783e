import {
  WorkerRegistry,
  type AcquireRequest,
  type WorkerLeaseGrant,
  type WorkerLeaseStore,
  type WorkerRecord,
  type WorkerRecordStore,
  type WorkerRegistryOptions,
} from '#core';
import { FakeClock } from './fake-clock.js';

export interface WorkerLeaseFixture {
  workers: WorkerRecordStore;
  /** A store object as another node would have it. Default: the protocol over these records. */
  node?(options: WorkerRegistryOptions): WorkerLeaseStore;
  close(): Promise<void>;
}

export const TTL_MS = 10_000;
export const GRACE_MS = 2_000;
export const TIMEOUT_MS = 10_000;

/** Of the ids from 0 to 3. */
export const TERMS = {
  firstWorkerId: 0,
  lastWorkerId: 3,
  leaseTtlMs: TTL_MS,
  graceMs: GRACE_MS,
  maxAheadMs: 60_000,
};

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

  private get opened(): WorkerLeaseFixture {
    if (!this.fixture) throw new Error('the bench is not open');
    return this.fixture;
  }

  node(options: Partial<WorkerRegistryOptions> = {}): WorkerLeaseStore {
    const all = { ...TERMS, clock: this.clock, ...options };
    return this.opened.node?.(all) ?? new WorkerRegistry(this.opened.workers, all);
  }

  /** What is kept of an id that was registered. */
  async record(workerId: number): Promise<WorkerRecord> {
    const { records } = await this.opened.workers.within(TIMEOUT_MS, (all) => all.read(workerId));
    return records[0]!;
  }

  /** Writes past the protocol, as an operator does, or a backup that is restored. */
  async put(record: WorkerRecord): Promise<void> {
    const isDone = await this.opened.workers.within(TIMEOUT_MS, async (all) => {
      const seen = (await all.read(record.workerId)).records[0]!;
      return all.update(seen, record);
    });
    if (!isDone) throw new Error(`worker id ${record.workerId} was not written`);
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
