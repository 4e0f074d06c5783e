import type { Scheduler } from '../clock.js';
import type { WorkerEntry } from '../worker-lease/worker-directory.port.js';
import type { WorkerRecord } from '../worker-lease/worker-record-store.port.js';
import type { WorkerLeaseTerms } from '../worker-lease/worker-registry.js';
import type { AuditedWorkerStore, AuditState } from './audited-worker-store.port.js';

/** Why a worker id is left as it is, and what to do. */
export class ResetRefused extends Error {
  override name = 'ResetRefused';
}

export interface ResetPlanRequest {
  workerId: number;
  /** A token that no other process ever used, so that a holder that wakes up finds that it has lost the id. */
  owner: string;
  /** Lowers the reservation too: timestamps above it, issued before, may then come again. */
  lowerReservation: boolean;
  timeoutMs: number;
}

/** What a reset would write. */
export interface ResetPlan {
  before: WorkerRecord;
  after: WorkerRecord;
  /** The store's clock. */
  storeMs: number;
}

export interface WorkerResetDependencies {
  store: AuditedWorkerStore;
  scheduler: Pick<Scheduler, 'after'>;
  /** A record is now looked at for so long before it is known whether it has a holder. */
  onWatch: (forMs: number) => void;
}

export interface ResetApproval {
  actor: string;
  reason?: string | undefined;
  timeoutMs: number;
}

/**
 * The way out of a record that is ahead of the store's clock because its holder's clock once was. Its last timestamp
 * makes every node refuse with `CLOCK_BACKWARDS`; its reservation keeps this one id out of use until then.
 *
 * The last timestamp only orders ids of different worker ids, so lowering it can repeat none. The reservation is the
 * fence and stays, unless it is asked for. The new owner and version make every later write of a holder fail.
 */
export class WorkerReset {
  constructor(
    private readonly terms: WorkerLeaseTerms,
    private readonly deps: WorkerResetDependencies,
  ) {}

  /** Writes nothing. @throws ResetRefused, and `STORE_UNAVAILABLE`, each call of the store within `timeoutMs` */
  async plan(request: ResetPlanRequest): Promise<ResetPlan> {
    const { workerId, timeoutMs } = request;
    const { firstWorkerId, lastWorkerId } = this.terms;
    if (workerId < firstWorkerId || workerId > lastWorkerId) {
      throw new ResetRefused(
        `Worker id ${workerId} is outside of the range ${firstWorkerId} to ${lastWorkerId}.`,
      );
    }
    const { storeMs, workers } = await this.deps.store.list(timeoutMs);
    const entry = workers.find((worker) => worker.workerId === workerId);
    if (!entry)
      throw new ResetRefused(
        `Worker id ${workerId} was never registered, or its record cannot be read.`,
      );
    if (await this.isHeld(entry, storeMs, timeoutMs))
      throw new ResetRefused(this.heldReason(entry));
    const before = recordOf(entry);
    return { before, after: resetRecord(before, storeMs, request), storeMs };
  }

  /** Writes the plan, if the record is still as it was seen. @throws as `plan` */
  async apply({ before, after }: ResetPlan, approval: ResetApproval): Promise<void> {
    const { workerId } = before;
    const { actor, reason, timeoutMs } = approval;
    const isDone = await this.deps.store.within(timeoutMs, async (records) => {
      const seen = (await records.read(workerId)).records[0];
      if (!seen || !isSame(seen, before)) return false;
      return records.updateAudited(seen, after, {
        action: 'worker.reset',
        subject: String(workerId),
        actor,
        reason,
        before: auditState(before),
        after: auditState(after),
      });
    });
    if (!isDone) {
      throw new ResetRefused(
        `Worker id ${workerId} was changed meanwhile and is left as it is: look at it again.`,
      );
    }
  }

  /** By its last write or by its session; a record that moves while it is looked at has a holder, too. */
  private async isHeld(entry: WorkerEntry, storeMs: number, timeoutMs: number): Promise<boolean> {
    const { leaseTtlMs, graceMs } = this.terms;
    const silentMs = storeMs - entry.renewedAtMs;
    // Where the store ran on the wild clock too, as SQLite does, the time of the last write tells nothing.
    const isInFuture = silentMs < -graceMs;
    if (isInFuture && !entry.released) await this.watch(leaseTtlMs + graceMs);
    const isFresh = !isInFuture && silentMs < leaseTtlMs + graceMs;
    return this.deps.store.within(timeoutMs, async (records) => {
      const { records: found, orphans } = await records.read(entry.workerId);
      if (!found[0] || !isSame(found[0], entry)) return true;
      if (entry.released) return false;
      return isFresh || (records.knowsSessions && !orphans.has(entry.workerId));
    });
  }

  /** Whoever holds it renews within this time. */
  private async watch(forMs: number): Promise<void> {
    this.deps.onWatch(forMs);
    await new Promise<void>((resolve) => void this.deps.scheduler.after(forMs, resolve));
  }

  private heldReason({ workerId, instance }: WorkerEntry): string {
    const { leaseTtlMs, graceMs } = this.terms;
    return (
      `Worker id ${workerId} is held by ${instance}: stop that node first. If it was killed, ` +
      `try again ${(leaseTtlMs + graceMs) / 1_000} s after its end.`
    );
  }
}

/** A record as it is shown and audited: without the owner's token, times in ISO 8601. */
export function auditState(record: WorkerRecord): AuditState {
  const { instance, version, released, reservedUntilMs, lastTimestampMs } = record;
  return {
    instance,
    version,
    released,
    reservedUntil: isoOrNull(reservedUntilMs),
    lastTimestamp: isoOrNull(lastTimestampMs),
  };
}

function resetRecord(
  record: WorkerRecord,
  storeMs: number,
  { owner, lowerReservation }: ResetPlanRequest,
): WorkerRecord {
  const after = {
    ...record,
    owner,
    version: record.version + 1,
    released: true,
    lastTimestampMs: Math.min(record.lastTimestampMs, storeMs),
    reservedUntilMs: lowerReservation
      ? Math.min(record.reservedUntilMs, storeMs)
      : record.reservedUntilMs,
  };
  const isChanged =
    after.lastTimestampMs < record.lastTimestampMs ||
    after.reservedUntilMs < record.reservedUntilMs;
  if (!isChanged) throw new ResetRefused(unchangedReason(record, storeMs));
  return after;
}

function unchangedReason({ workerId, reservedUntilMs }: WorkerRecord, storeMs: number): string {
  if (reservedUntilMs <= storeMs) {
    return `The record of worker id ${workerId} is not ahead of the store's clock: there is nothing to reset.`;
  }
  return (
    `The last timestamp of worker id ${workerId} is not ahead of the store's clock. Only its reservation is, and keeps ` +
    `this one id out of use until ${isoOrNull(reservedUntilMs)}: wait, or lower it with --lower-reservation.`
  );
}

function recordOf(entry: WorkerEntry): WorkerRecord {
  const { workerId, instance, owner, version, reservedUntilMs, lastTimestampMs, released } = entry;
  return { workerId, instance, owner, version, reservedUntilMs, lastTimestampMs, released };
}

const isSame = (a: WorkerRecord, b: WorkerRecord): boolean =>
  a.version === b.version && a.owner === b.owner;

const isoOrNull = (ms: number): string | null => (ms === 0 ? null : new Date(ms).toISOString());
