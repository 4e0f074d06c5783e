import {
  systemScheduler,
  WorkerRegistry,
  type AcquireRequest,
  type RenewRequest,
  type Scheduler,
  type WorkerLeaseGrant,
  type WorkerLeaseStore,
  type WorkerRegistryOptions,
} from '#core';
import { memoryWorkerRecords, type MemoryWorkerTable } from './memory-worker-records.js';
import { StoreFaults } from './store-faults.js';

export interface MemoryWorkerLeaseOptions extends WorkerRegistryOptions {
  scheduler?: Scheduler;
}

export type WorkerLeaseCall =
  | { method: 'acquire'; request: AcquireRequest }
  | { method: 'renew'; grant: WorkerLeaseGrant; request: RenewRequest }
  | { method: 'release'; grant: WorkerLeaseGrant; lastTimestampMs: number };

/** The worker lease store over records in memory, with switches for faults and a log of its calls. */
export class MemoryWorkerLeaseStore implements WorkerLeaseStore {
  readonly calls: WorkerLeaseCall[] = [];
  readonly faults: StoreFaults;
  private readonly registry: WorkerRegistry;

  constructor(
    readonly table: MemoryWorkerTable,
    options: MemoryWorkerLeaseOptions,
  ) {
    const { scheduler = systemScheduler } = options;
    this.faults = new StoreFaults(scheduler);
    this.registry = new WorkerRegistry(memoryWorkerRecords(table, scheduler), options);
  }

  acquire(request: AcquireRequest): Promise<WorkerLeaseGrant> {
    this.calls.push({ method: 'acquire', request });
    return this.faults.around(request.timeoutMs, () => this.registry.acquire(request));
  }

  renew(grant: WorkerLeaseGrant, request: RenewRequest): Promise<WorkerLeaseGrant> {
    this.calls.push({ method: 'renew', grant, request });
    return this.faults.around(request.timeoutMs, () => this.registry.renew(grant, request));
  }

  release(grant: WorkerLeaseGrant, lastTimestampMs: number, timeoutMs: number): Promise<void> {
    this.calls.push({ method: 'release', grant, lastTimestampMs });
    return this.faults.around(timeoutMs, () =>
      this.registry.release(grant, lastTimestampMs, timeoutMs),
    );
  }
}
