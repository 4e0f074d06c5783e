import {
  clockUntrusted,
  systemScheduler,
  workerIdsExhausted,
  workerLeaseLost,
  type AcquireRequest,
  type Clock,
  type RenewRequest,
  type Scheduler,
  type WorkerLeaseGrant,
  type WorkerLeaseStore,
} from '#core';
import { StoreFaults } from './store-faults.js';

export interface MemoryWorkerRow {
  instance: string;
  owner: string;
  version: number;
  reservedUntilMs: number;
  lastTimestampMs: number;
  released: boolean;
}

/** What several store objects share, as nodes share a database; `clock` is the database's own. */
export interface MemoryWorkerTable {
  rows: Map<number, MemoryWorkerRow>;
  clock: Pick<Clock, 'wallMs'>;
}

export interface MemoryWorkerLeaseOptions {
  firstWorkerId: number;
  lastWorkerId: number;
  leaseTtlMs: number;
  graceMs: number;
  maxAheadMs: number;
  clock: Pick<Clock, 'monotonicMs'>;
  scheduler?: Scheduler;
}

export type WorkerLeaseCall =
  | { method: 'acquire'; request: AcquireRequest }
  | { method: 'renew'; grant: WorkerLeaseGrant; request: RenewRequest }
  | { method: 'release'; grant: WorkerLeaseGrant; lastTimestampMs: number };

/** The worker lease store's twin in memory, with switches for faults and a log of its calls. */
export class MemoryWorkerLeaseStore implements WorkerLeaseStore {
  readonly calls: WorkerLeaseCall[] = [];
  readonly faults: StoreFaults;
  private readonly seen = new Map<number, { version: number; sinceMs: number }>();

  constructor(
    readonly table: MemoryWorkerTable,
    private readonly options: MemoryWorkerLeaseOptions,
  ) {
    this.faults = new StoreFaults(options.scheduler ?? systemScheduler);
  }

  acquire(request: AcquireRequest): Promise<WorkerLeaseGrant> {
    this.calls.push({ method: 'acquire', request });
    return this.faults.around(request.timeoutMs, () => {
      this.checkClock(request.wallMs);
      this.look();
      const workerId = this.choose(request);
      if (workerId === undefined) throw workerIdsExhausted('Every worker id is taken.');
      return this.take(workerId, request);
    });
  }

  renew(grant: WorkerLeaseGrant, request: RenewRequest): Promise<WorkerLeaseGrant> {
    this.calls.push({ method: 'renew', grant, request });
    return this.faults.around(request.timeoutMs, () => {
      const row = this.owned(grant);
      if (!row) throw workerLeaseLost(`Worker id ${grant.workerId} has another owner.`);
      this.checkClock(request.wallMs);
      row.version = Math.max(row.version, grant.version) + 1;
      row.reservedUntilMs = Math.max(
        row.reservedUntilMs,
        grant.reservedUntilMs,
        request.reserveUntilMs,
      );
      row.lastTimestampMs = Math.max(row.lastTimestampMs, request.lastTimestampMs);
      return this.grantOf(grant.workerId, row, grant.floorMs);
    });
  }

  release(grant: WorkerLeaseGrant, lastTimestampMs: number, timeoutMs: number): Promise<void> {
    this.calls.push({ method: 'release', grant, lastTimestampMs });
    return this.faults.around(timeoutMs, () => {
      const row = this.owned(grant);
      if (!row) return;
      row.version++;
      row.released = true;
      row.lastTimestampMs = Math.max(row.lastTimestampMs, lastTimestampMs);
      row.reservedUntilMs = Math.max(row.lastTimestampMs, grant.floorMs);
    });
  }

  private checkClock(wallMs: number): void {
    const aheadMs = wallMs - this.table.clock.wallMs();
    if (aheadMs > this.options.maxAheadMs) throw clockUntrusted(aheadMs);
  }

  private look(): void {
    const sinceMs = this.options.clock.monotonicMs();
    for (const [workerId, { version }] of this.table.rows) {
      if (this.seen.get(workerId)?.version !== version)
        this.seen.set(workerId, { version, sinceMs });
    }
  }

  private choose({ owner, instance }: AcquireRequest): number | undefined {
    const { firstWorkerId, lastWorkerId } = this.options;
    const ids = Array.from(
      { length: lastWorkerId - firstWorkerId + 1 },
      (_, i) => firstWorkerId + i,
    );
    const row = (id: number) => this.table.rows.get(id);
    return (
      ids.find((id) => row(id)?.owner === owner && !row(id)?.released) ??
      ids.find((id) => row(id)?.released && row(id)?.instance === instance) ??
      ids.find((id) => row(id)?.released ?? true) ??
      ids.find((id) => row(id)?.instance === instance && this.isDead(id)) ??
      ids.find((id) => this.isDead(id))
    );
  }

  private isDead(workerId: number): boolean {
    const sinceMs = this.seen.get(workerId)?.sinceMs ?? Infinity;
    const { clock, leaseTtlMs, graceMs } = this.options;
    return clock.monotonicMs() - sinceMs >= leaseTtlMs + graceMs;
  }

  private take(workerId: number, request: AcquireRequest): WorkerLeaseGrant {
    const old = this.table.rows.get(workerId);
    const floorMs = old?.reservedUntilMs ?? 0;
    const row: MemoryWorkerRow = {
      instance: request.instance,
      owner: request.owner,
      version: (old?.version ?? 0) + 1,
      reservedUntilMs: Math.max(floorMs, request.reserveUntilMs),
      lastTimestampMs: old?.lastTimestampMs ?? 0,
      released: false,
    };
    this.table.rows.set(workerId, row);
    return this.grantOf(workerId, row, floorMs);
  }

  private owned(grant: WorkerLeaseGrant): MemoryWorkerRow | undefined {
    const row = this.table.rows.get(grant.workerId);
    return row && row.owner === grant.owner && !row.released ? row : undefined;
  }

  private grantOf(workerId: number, row: MemoryWorkerRow, floorMs: number): WorkerLeaseGrant {
    const { owner, version, reservedUntilMs } = row;
    const stamps = [...this.table.rows.values()].map((each) => each.lastTimestampMs);
    const highestTimestampMs = Math.max(0, ...stamps);
    return { workerId, owner, version, floorMs, reservedUntilMs, highestTimestampMs };
  }
}
