import type { WorkerRow } from './worker-row.js';

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

  /** `readAtMs`: a moment after the rows were read. A version that changed starts the count anew. */
  look(rows: readonly WorkerRow[], readAtMs: number): void {
    for (const { workerId, version, owner, released } of rows) {
      const last = this.seen.get(workerId);
      if (released) this.seen.delete(workerId);
      else if (last?.version !== version || last.owner !== owner) {
        this.seen.set(workerId, { version, owner, sinceMs: readAtMs });
      }
    }
  }

  /** `askedAtMs`: a moment before the rows were read that show the row as it is given here. */
  isDead(row: WorkerRow, askedAtMs: number): boolean {
    const last = this.seen.get(row.workerId);
    return (
      last !== undefined &&
      last.version === row.version &&
      last.owner === row.owner &&
      askedAtMs - last.sinceMs >= this.deadAfterMs
    );
  }
}
