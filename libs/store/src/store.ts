import type {
  AuditedWorkerStore,
  FreeRangeStore,
  KeyAdmin,
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
  /** The same for all servers that may serve this database, and for all who may use it. */
  readonly place: string;
  readonly segments: SegmentStore & FreeRangeStore & RewindableStore;
  readonly leases: RangeLeaseStore;
  readonly journal: RangeJournal;
  readonly workers: AuditedWorkerStore;
  readonly keys: KeyAdmin;
  /** Resolves once connected and migrated; rejects only when the store is closed before. */
  ready(): Promise<void>;
  status(): StoreStatus;
  /**
   * Leaves the server in use now, because what it gave cannot be right: drops all connections to it, and prefers the
   * others of the URL for 10 s. Statements under way on it fail as those of a lost connection do. A second call within
   * 2 s is taken to be about the same server, and does nothing. A single server is connected to anew, as its address
   * may lead elsewhere by now; SQLite does nothing. False where there is no other server.
   */
  passOver(reason: string): boolean;
  /** Gives up waiting callers and closes all connections; settles within about a second. */
  close(): Promise<void>;
  /** The TypeORM data sources underneath; SQLite has one for both. Never initialise or destroy them. */
  readonly dataSources: { readonly allocation: DataSource; readonly admin: DataSource };
}
