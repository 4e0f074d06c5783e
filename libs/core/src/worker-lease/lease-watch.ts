import type { WorkerRecord } from './worker-record-store.port.js';

interface Sighting {
  version: number;
  owner: string;
  sinceMs: number;
}

/**
 * Remembers since when each lease has been seen unchanged, on this process's monotonic clock. That is the only
 * evidence of a dead holder: clocks of two machines are never compared.
 */
export class LeaseWatch {
  private seen = new Map<number, Sighting>();

  constructor(private readonly deadAfterMs: number) {}

  /**
   * All records to be watched; `readAtMs`: a moment after they were read. The count starts anew for one that changed,
   * or was not among those of the last look.
   */
  look(records: readonly WorkerRecord[], readAtMs: number): void {
    const before = this.seen;
    this.seen = new Map();
    for (const { workerId, version, owner, released } of records) {
      if (released) continue;
      const last = before.get(workerId);
      const isSame = last?.version === version && last.owner === owner;
      this.seen.set(workerId, isSame ? last : { version, owner, sinceMs: readAtMs });
    }
  }

  /** `askedAtMs`: a moment before the records were read that show this one as it is given here. */
  isDead(record: WorkerRecord, askedAtMs: number): boolean {
    const last = this.seen.get(record.workerId);
    return (
      last !== undefined &&
      last.version === record.version &&
      last.owner === record.owner &&
      askedAtMs - last.sinceMs >= this.deadAfterMs
    );
  }
}
