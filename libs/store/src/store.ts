import type {
  AuditedWorkerStore,
  FreeRangeStore,
  RangeJournal,
  RangeLeaseStore,
  RewindableStore,
  SegmentStore,
} from '#core';
import type { DataSource } from 'typeorm';

export interface StoreLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface StoreOptions {
  log: StoreLog;
  /** The name of this node in the journal. Undefined: ranges are not recorded. */
  journal?: { holder: string } | undefined;
}

export interface StoreStatus {
  state: 'connecting' | 'ready' | 'closed';
  /** Why it is not ready yet. */
  lastError: unknown;
  /** Server settings that can lose an acknowledged commit, one sentence each. */
  warnings: readonly string[];
}

/** One database. It connects, and connects again, by itself in the background. */
export interface Store {
  /** The URL without its password. */
  readonly name: string;
  readonly segments: SegmentStore & FreeRangeStore & RewindableStore;
  readonly leases: RangeLeaseStore;
  readonly journal: RangeJournal;
  readonly workers: AuditedWorkerStore;
  /** Resolves once connected and migrated; rejects only when the store is closed before. */
  ready(): Promise<void>;
  status(): StoreStatus;
  /** Gives up waiting callers and closes all connections; settles within about a second. */
  close(): Promise<void>;
  /** The TypeORM data sources underneath; SQLite has one for both. Never initialise or destroy them. */
  readonly dataSources: { readonly allocation: DataSource; readonly admin: DataSource };
}
