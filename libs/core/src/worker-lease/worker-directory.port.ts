import type { WorkerRecord } from './worker-record-store.port.js';

/** A registered worker id as operators see it; times are of the store's own clock. */
export interface WorkerEntry extends WorkerRecord {
  /** When its holder took it. */
  registeredAtMs: number;
  /** Its holder's last write: registration, renewal or return. */
  renewedAtMs: number;
  /** Of the holder, where the store keeps them. */
  address?: string | undefined;
  zone?: string | undefined;
  softwareVersion?: string | undefined;
}

export interface WorkerList {
  /** The store's clock, as of the same read. */
  storeMs: number;
  /** Ordered by worker id. */
  workers: WorkerEntry[];
}

/** For operators only: nothing that is decided rests on it. */
export interface WorkerDirectory {
  /** Rejects with `STORE_UNAVAILABLE` after at most `timeoutMs`. */
  list(timeoutMs: number): Promise<WorkerList>;
}
