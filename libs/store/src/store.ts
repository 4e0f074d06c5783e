import type { Clock, SegmentStore, WorkerLeaseStore } from '#core';
import type { DataSource } from 'typeorm';

export interface StoreLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface WorkerLeaseOptions {
  firstWorkerId: number;
  /** Inclusive. */
  lastWorkerId: number;
  /** How long a holder may go without renewing. */
  leaseTtlMs: number;
  /** Added to the lease time before an unchanged lease is taken over. */
  graceMs: number;
  /** How far a node's clock may be ahead of the store's. */
  maxAheadMs: number;
  clock: Pick<Clock, 'monotonicMs'>;
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
  readonly segments: SegmentStore;
  /** Each call makes an object with a memory of its own of the leases that it saw. */
  workerLeases(options: WorkerLeaseOptions): WorkerLeaseStore;
  /** Resolves once connected and migrated; rejects only when the store is closed before. */
  ready(): Promise<void>;
  status(): StoreStatus;
  /** Gives up waiting callers and closes all connections; settles within about a second. */
  close(): Promise<void>;
  /** The TypeORM data sources underneath; SQLite has one for both. Never initialise or destroy them. */
  readonly dataSources: { readonly allocation: DataSource; readonly admin: DataSource };
}
