import type { IdRun } from './read-records.js';

/** An id that is not above the one before it, on the same connection to the same node. */
export interface Inversion {
  run: IdRun;
  before: bigint;
}

const SHOWN = 100;

/** Looks at the runs of direct callers in the order in which they were received, process by process. */
export class OrderCheck {
  readonly inversions: Inversion[] = [];
  count = 0;
  private readonly last = new Map<string, bigint>();

  see(run: IdRun): void {
    const { process, connection, node, space, first, count } = run;
    const place = `${process} ${connection} ${node} ${space}`;
    const before = this.last.get(place);
    if (before !== undefined && first <= before) {
      this.count++;
      if (this.inversions.length < SHOWN) this.inversions.push({ run, before });
    }
    this.last.set(place, first + BigInt(count - 1));
  }
}
