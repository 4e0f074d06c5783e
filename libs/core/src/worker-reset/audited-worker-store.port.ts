import type { WorkerDirectory } from '../worker-lease/worker-directory.port.js';
import type {
  WorkerRecord,
  WorkerRecordSession,
} from '../worker-lease/worker-record-store.port.js';

/** What an operator did, as it is written with the change itself. */
export interface AuditEntry {
  action: 'worker.reset' | 'key.create' | 'key.change' | 'key.advance' | 'key.delete';
  /** What was changed: the worker id, or the key. */
  subject: string;
  actor: string;
  reason?: string | undefined;
  before: AuditState;
  after: AuditState;
}

export type AuditState = Readonly<Record<string, string | number | boolean | null>>;

export interface AuditRecord extends AuditEntry {
  /** By the store's own clock. */
  atMs: number;
}

export interface AuditLog {
  /** The newest first, at most `limit`. Rejects with `STORE_UNAVAILABLE` after at most `timeoutMs`. */
  auditRecords(limit: number, timeoutMs: number): Promise<AuditRecord[]>;
}

export interface AuditedRecordSession extends WorkerRecordSession {
  /** Whether `orphans` of what is read tells that all other holders have a session. */
  readonly knowsSessions: boolean;
  /** As `update`, and the entry is written with it: both, or neither where the record has moved on. */
  updateAudited(seen: WorkerRecord, next: WorkerRecord, entry: AuditEntry): Promise<boolean>;
}

/** The worker records as operators use them. */
export interface AuditedWorkerStore extends WorkerDirectory, AuditLog {
  /** As that of `WorkerRecordStore`. */
  within<T>(timeoutMs: number, work: (records: AuditedRecordSession) => Promise<T>): Promise<T>;
}
