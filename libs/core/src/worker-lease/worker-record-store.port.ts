/** What is kept of a worker id that was ever registered. */
export interface WorkerRecord {
  workerId: number;
  instance: string;
  owner: string;
  version: number;
  reservedUntilMs: number;
  lastTimestampMs: number;
  /** Given back by its holder: free at once. */
  released: boolean;
}

export interface WorkerSnapshot {
  /** The store's own clock, as of the same read. */
  storeMs: number;
  /** The highest last timestamp over all records, whichever were asked for; 0 without any. */
  highestTimestampMs: number;
  records: WorkerRecord[];
  /** Ids whose holder has no session any more; empty where the store knows of none. */
  orphans: ReadonlySet<number>;
}

/** Reads and writes of one call, each on its own; the version in a write's condition is the fence. */
export interface WorkerRecordSession {
  /** All records, or that of one worker id. */
  read(workerId?: number): Promise<WorkerSnapshot>;
  /** False when somebody else has registered this id meanwhile. */
  insert(record: WorkerRecord): Promise<boolean>;
  /** Writes `next` if the record still has the version and the owner of `seen`. False when it has moved on. */
  update(seen: WorkerRecord, next: WorkerRecord): Promise<boolean>;
}

/** Where the records are: a table, or nodes of ZooKeeper. */
export interface WorkerRecordStore {
  /**
   * Runs `work` and settles within `timeoutMs`. Every failure but an `IdunError` of `work` becomes
   * `STORE_UNAVAILABLE`. Once it has settled, `work` must read and write no more: an `acquire` that went on
   * unheard could take an id back for an owner whose old grant, with its old floor, is then renewed.
   */
  within<T>(timeoutMs: number, work: (records: WorkerRecordSession) => Promise<T>): Promise<T>;
}
