import type {
  AuditedRecordSession,
  AuditedWorkerStore,
  AuditRecord,
  WorkerEntry,
  WorkerRecord,
} from '#core';
import { memoryWorkerSession, type MemoryWorkerTable } from './memory-worker-records.js';

interface Times {
  registeredAtMs: number;
  renewedAtMs: number;
}

/** The records in memory as operators use them: with the times of writes, and what was audited. */
export class MemoryAuditedWorkers implements AuditedWorkerStore {
  private readonly times = new Map<number, Times>();
  private readonly audit: AuditRecord[] = [];

  constructor(private readonly table: MemoryWorkerTable) {}

  async list() {
    const workers = [...this.table.rows.values()].map((row): WorkerEntry => ({
      ...row,
      ...this.times.get(row.workerId)!,
    }));
    return {
      storeMs: this.table.clock.wallMs(),
      workers: workers.toSorted((a, b) => a.workerId - b.workerId),
    };
  }

  async auditRecords(limit: number): Promise<AuditRecord[]> {
    return this.audit.toReversed().slice(0, limit);
  }

  within<T>(_timeoutMs: number, work: (records: AuditedRecordSession) => Promise<T>): Promise<T> {
    const records = memoryWorkerSession(this.table);
    const update: AuditedRecordSession['update'] = async (seen, next) => {
      const isDone = await records.update(seen, next);
      if (isDone) this.note(next, seen.owner !== next.owner);
      return isDone;
    };
    return work({
      knowsSessions: false,
      read: (workerId) => records.read(workerId),
      insert: async (record) => {
        const isDone = await records.insert(record);
        if (isDone) this.note(record, true);
        return isDone;
      },
      update,
      updateAudited: async (seen, next, entry) => {
        const isDone = await update(seen, next);
        if (isDone) this.audit.push({ ...entry, atMs: this.table.clock.wallMs() });
        return isDone;
      },
    });
  }

  private note({ workerId }: WorkerRecord, isNewHolder: boolean): void {
    const nowMs = this.table.clock.wallMs();
    const registeredAtMs = isNewHolder
      ? nowMs
      : (this.times.get(workerId)?.registeredAtMs ?? nowMs);
    this.times.set(workerId, { registeredAtMs, renewedAtMs: nowMs });
  }
}
