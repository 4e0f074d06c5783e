import type { Clock } from '../clock.js';
import { storeUnavailable, workerIdsExhausted, workerLeaseLost } from '../errors.js';
import { leaseCandidates, type Candidate } from './lease-candidates.js';
import { LeaseWatch } from './lease-watch.js';
import { assertClockTrusted } from './trusted-clock.js';
import type {
  AcquireRequest,
  RenewRequest,
  WorkerLeaseGrant,
  WorkerLeaseStore,
} from './worker-lease-store.port.js';
import type {
  WorkerRecord,
  WorkerRecordSession,
  WorkerRecordStore,
  WorkerSnapshot,
} from './worker-record-store.port.js';

/** Which worker ids are leased, and for how long: the same on all nodes. */
export interface WorkerLeaseTerms {
  firstWorkerId: number;
  /** Inclusive. */
  lastWorkerId: number;
  /** How long a holder may go without renewing. */
  leaseTtlMs: number;
  /** Added to the lease time before an unchanged lease is taken over. */
  graceMs: number;
}

export interface WorkerRegistryOptions extends WorkerLeaseTerms {
  /** How far a node's clock may be ahead of the store's. */
  maxAheadMs: number;
  clock: Pick<Clock, 'monotonicMs'>;
}

/**
 * The lease protocol: reads of records and conditional writes, whatever keeps the records. Each object
 * remembers which leases it has seen unchanged for how long.
 */
export class WorkerRegistry implements WorkerLeaseStore {
  private readonly unchanged: LeaseWatch;
  /** Where the store knows that the holder's session is over, the grace alone is waited for. */
  private readonly orphaned: LeaseWatch;

  constructor(
    private readonly store: WorkerRecordStore,
    private readonly options: WorkerRegistryOptions,
  ) {
    this.unchanged = new LeaseWatch(options.leaseTtlMs + options.graceMs);
    this.orphaned = new LeaseWatch(options.graceMs);
  }

  acquire(request: AcquireRequest): Promise<WorkerLeaseGrant> {
    return this.store.within(request.timeoutMs, async (records) => {
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- each round reads what the one before collided with
        const grant = await this.acquireOnce(records, request);
        if (grant) return grant;
      }
    });
  }

  renew(grant: WorkerLeaseGrant, request: RenewRequest): Promise<WorkerLeaseGrant> {
    return this.store.within(request.timeoutMs, async (records) => {
      for (let attempt = 0; attempt < 2; attempt++) {
        // oxlint-disable-next-line no-await-in-loop -- an earlier write of this owner may arrive in between
        const renewed = await this.renewOnce(records, grant, request);
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
    await this.store.within(timeoutMs, async (records) => {
      for (let attempt = 0; attempt < 2; attempt++) {
        // oxlint-disable-next-line no-await-in-loop
        const record = (await records.read(grant.workerId)).records[0];
        if (!record || !isHeldBy(record, grant)) return;
        // oxlint-disable-next-line no-await-in-loop
        if (await records.update(record, released(record, grant, lastTimestampMs))) return;
      }
      throw storeUnavailable(new Error(`worker id ${grant.workerId} changes under its release`));
    });
  }

  private async acquireOnce(
    records: WorkerRecordSession,
    request: AcquireRequest,
  ): Promise<WorkerLeaseGrant | undefined> {
    const { clock, firstWorkerId, lastWorkerId } = this.options;
    const askedAtMs = clock.monotonicMs();
    const snapshot = await records.read();
    this.look(snapshot, clock.monotonicMs());
    assertClockTrusted(request.wallMs, snapshot.storeMs, this.options.maxAheadMs);
    const { instance, owner, wallMs } = request;
    const isDead = (record: WorkerRecord) =>
      this.unchanged.isDead(record, askedAtMs) || this.orphaned.isDead(record, askedAtMs);
    const query = { ...this.options, records: snapshot.records, instance, owner, isDead, wallMs };
    let collided = false;
    for (const candidate of leaseCandidates(query)) {
      // oxlint-disable-next-line no-await-in-loop -- the next one only if this one was taken
      const record = await this.take(records, candidate, request);
      if (record) {
        const floorMs = candidate.record?.reservedUntilMs ?? 0;
        return grantOf(record, floorMs, snapshot.highestTimestampMs);
      }
      collided = true;
    }
    if (collided) return undefined;
    throw workerIdsExhausted(
      `All worker ids from ${firstWorkerId} to ${lastWorkerId} are taken: one is free again when a ` +
        'holder stops, or some time after it died. One that is reserved far ahead of the clock counts as taken: ' +
        '`npx idun worker list` shows it, `npx idun worker reset` sets it back.',
    );
  }

  private look({ records, orphans }: WorkerSnapshot, readAtMs: number): void {
    this.unchanged.look(records, readAtMs);
    this.orphaned.look(
      records.filter(({ workerId }) => orphans.has(workerId)),
      readAtMs,
    );
  }

  /** Undefined when another node was faster. */
  private async take(
    records: WorkerRecordSession,
    { workerId, record }: Candidate,
    request: AcquireRequest,
  ): Promise<WorkerRecord | undefined> {
    const { instance, owner, reserveUntilMs } = request;
    const taken: WorkerRecord = {
      workerId,
      instance,
      owner,
      version: (record?.version ?? 0) + 1,
      reservedUntilMs: Math.max(record?.reservedUntilMs ?? 0, reserveUntilMs),
      lastTimestampMs: record?.lastTimestampMs ?? 0,
      released: false,
    };
    const done = record ? await records.update(record, taken) : await records.insert(taken);
    return done ? taken : undefined;
  }

  private async renewOnce(
    records: WorkerRecordSession,
    grant: WorkerLeaseGrant,
    request: RenewRequest,
  ): Promise<WorkerLeaseGrant | undefined> {
    const snapshot = await records.read(grant.workerId);
    const record = snapshot.records[0];
    if (!record || !isHeldBy(record, grant)) {
      throw workerLeaseLost(`Worker id ${grant.workerId} has another holder now.`);
    }
    assertClockTrusted(request.wallMs, snapshot.storeMs, this.options.maxAheadMs);
    const renewed: WorkerRecord = {
      ...record,
      // Above the grant's too: a store that went back in time must not repeat a version.
      version: Math.max(record.version, grant.version) + 1,
      reservedUntilMs: Math.max(
        record.reservedUntilMs,
        grant.reservedUntilMs,
        request.reserveUntilMs,
      ),
      lastTimestampMs: Math.max(record.lastTimestampMs, request.lastTimestampMs),
    };
    if (!(await records.update(record, renewed))) return undefined;
    return grantOf(renewed, grant.floorMs, snapshot.highestTimestampMs);
  }
}

function released(
  record: WorkerRecord,
  grant: WorkerLeaseGrant,
  lastTimestampMs: number,
): WorkerRecord {
  const last = Math.max(record.lastTimestampMs, lastTimestampMs);
  return {
    ...record,
    version: Math.max(record.version, grant.version) + 1,
    lastTimestampMs: last,
    // Not below what an earlier holder may have issued, although this one issued nothing.
    reservedUntilMs: Math.max(last, grant.floorMs),
    released: true,
  };
}

function isHeldBy(record: WorkerRecord, grant: WorkerLeaseGrant): boolean {
  return record.owner === grant.owner && !record.released;
}

function grantOf(record: WorkerRecord, floorMs: number, highestMs: number): WorkerLeaseGrant {
  const { workerId, owner, version, reservedUntilMs, lastTimestampMs } = record;
  const highestTimestampMs = Math.max(highestMs, lastTimestampMs);
  return { workerId, owner, version, floorMs, reservedUntilMs, highestTimestampMs };
}
