import {
  clockUntrusted,
  storeUnavailable,
  workerIdsExhausted,
  workerLeaseLost,
  type AcquireRequest,
  type RenewRequest,
  type WorkerLeaseGrant,
  type WorkerLeaseStore,
} from '#core';
import type { SqlDatabase, SqlSession } from '../sql/sql-database.js';
import type { WorkerLeaseOptions } from '../store.js';
import { leaseCandidates, type Candidate } from './lease-candidates.js';
import { LeaseWatch } from './lease-watch.js';
import { readWorkers, type WorkerLeaseDialect, type WorkerRow } from './worker-row.js';
import { insertWorker, updateWorker } from './worker-writes.js';

/** Worker ids as rows of `idun_worker`; the version in each write's condition is the fence. */
export class SqlWorkerLeaseStore implements WorkerLeaseStore {
  private readonly watch: LeaseWatch;

  constructor(
    private readonly database: SqlDatabase,
    private readonly dialect: WorkerLeaseDialect,
    private readonly options: WorkerLeaseOptions,
  ) {
    this.watch = new LeaseWatch(options.leaseTtlMs + options.graceMs);
  }

  acquire(request: AcquireRequest): Promise<WorkerLeaseGrant> {
    return this.database.within(request.timeoutMs, async (sql) => {
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- each round reads what the one before collided with
        const grant = await this.acquireOnce(sql, request);
        if (grant) return grant;
      }
    });
  }

  renew(grant: WorkerLeaseGrant, request: RenewRequest): Promise<WorkerLeaseGrant> {
    return this.database.within(request.timeoutMs, async (sql) => {
      for (let attempt = 0; attempt < 2; attempt++) {
        // oxlint-disable-next-line no-await-in-loop -- an earlier write of this owner may arrive in between
        const renewed = await this.renewOnce(sql, grant, request);
        if (renewed) return renewed;
      }
      throw storeUnavailable(new Error(`worker id ${grant.workerId} changes under its renewal`));
    });
  }

  async release(
    grant: WorkerLeaseGrant,
    lastTimestampMs: number,
    timeoutMs: number,
  ): Promise<void> {
    await this.database.within(timeoutMs, async (sql) => {
      for (let attempt = 0; attempt < 2; attempt++) {
        // oxlint-disable-next-line no-await-in-loop
        const { rows } = await readWorkers(sql, this.dialect, grant.workerId);
        const row = rows[0];
        if (!row || !isHeldBy(row, grant)) return;
        const last = Math.max(row.lastTimestampMs, lastTimestampMs);
        const released: WorkerRow = {
          ...row,
          version: Math.max(row.version, grant.version) + 1,
          lastTimestampMs: last,
          // Not below what an earlier holder may have issued, although this one issued nothing.
          reservedUntilMs: Math.max(last, grant.floorMs),
          released: true,
        };
        // oxlint-disable-next-line no-await-in-loop
        if (await updateWorker(sql, this.dialect, row, released)) return;
      }
      throw storeUnavailable(new Error(`worker id ${grant.workerId} changes under its release`));
    });
  }

  private async acquireOnce(
    sql: SqlSession,
    request: AcquireRequest,
  ): Promise<WorkerLeaseGrant | undefined> {
    const { clock, firstWorkerId, lastWorkerId } = this.options;
    const askedAtMs = clock.monotonicMs();
    const { rows, storeMs, highestTimestampMs } = await readWorkers(sql, this.dialect);
    this.watch.look(rows, clock.monotonicMs());
    this.checkClock(request.wallMs, storeMs);
    const { instance, owner } = request;
    const isDead = (row: WorkerRow) => this.watch.isDead(row, askedAtMs);
    let collided = false;
    for (const candidate of leaseCandidates({ ...this.options, rows, instance, owner, isDead })) {
      // oxlint-disable-next-line no-await-in-loop -- the next one only if this one was taken
      const row = await this.take(sql, candidate, request);
      if (row) return grantOf(row, candidate.row?.reservedUntilMs ?? 0, highestTimestampMs);
      collided = true;
    }
    if (collided) return undefined;
    throw workerIdsExhausted(
      `All worker ids from ${firstWorkerId} to ${lastWorkerId} are taken: one is free again when a ` +
        'holder stops, or some time after it died.',
    );
  }

  /** Undefined when another node was faster. */
  private async take(
    sql: SqlSession,
    { workerId, row }: Candidate,
    request: AcquireRequest,
  ): Promise<WorkerRow | undefined> {
    const { instance, owner, reserveUntilMs } = request;
    const taken: WorkerRow = {
      workerId,
      instance,
      owner,
      version: (row?.version ?? 0) + 1,
      reservedUntilMs: Math.max(row?.reservedUntilMs ?? 0, reserveUntilMs),
      lastTimestampMs: row?.lastTimestampMs ?? 0,
      released: false,
    };
    const done = row
      ? await updateWorker(sql, this.dialect, row, taken)
      : await insertWorker(sql, this.dialect, taken);
    return done ? taken : undefined;
  }

  private async renewOnce(
    sql: SqlSession,
    grant: WorkerLeaseGrant,
    request: RenewRequest,
  ): Promise<WorkerLeaseGrant | undefined> {
    const snapshot = await readWorkers(sql, this.dialect, grant.workerId);
    const row = snapshot.rows[0];
    if (!row || !isHeldBy(row, grant)) {
      throw workerLeaseLost(`Worker id ${grant.workerId} has another holder now.`);
    }
    this.checkClock(request.wallMs, snapshot.storeMs);
    const renewed: WorkerRow = {
      ...row,
      // Above the grant's too: a store that went back in time must not repeat a version.
      version: Math.max(row.version, grant.version) + 1,
      reservedUntilMs: Math.max(row.reservedUntilMs, grant.reservedUntilMs, request.reserveUntilMs),
      lastTimestampMs: Math.max(row.lastTimestampMs, request.lastTimestampMs),
    };
    if (!(await updateWorker(sql, this.dialect, row, renewed))) return undefined;
    return grantOf(renewed, grant.floorMs, snapshot.highestTimestampMs);
  }

  private checkClock(wallMs: number, storeMs: number): void {
    const aheadMs = wallMs - storeMs;
    if (aheadMs > this.options.maxAheadMs) throw clockUntrusted(aheadMs);
  }
}

function isHeldBy(row: WorkerRow, grant: WorkerLeaseGrant): boolean {
  return row.owner === grant.owner && !row.released;
}

function grantOf(row: WorkerRow, floorMs: number, highestMs: number): WorkerLeaseGrant {
  const { workerId, owner, version, reservedUntilMs, lastTimestampMs } = row;
  const highestTimestampMs = Math.max(highestMs, lastTimestampMs);
  return { workerId, owner, version, floorMs, reservedUntilMs, highestTimestampMs };
}
