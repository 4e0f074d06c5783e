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
  private readonly seen = new Map<number, Sighting>();

  constructor(private readonly deadAfterMs: number) {}

  /** `readAtMs`: a moment after the records were read. A version that changed starts the count anew. */
  look(records: readonly WorkerRecord[], readAtMs: number): void {
    for (const { workerId, version, owner, released } of records) {
      const last = this.seen.get(workerId);
      if (released) this.seen.delete(workerId);
      else if (last?.version !== version || last.owner !== owner) {
        this.seen.set(workerId, { version, owner, sinceMs: readAtMs });
      }
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
