import type { Clock } from '../clock.js';
import type { RangeGuard } from '../witness/range-guard.js';
import type { Tail } from './segment-stock.js';
import type { FreeRangeStore, SegmentRange } from './segment-store.port.js';

export interface TailReturnDependencies {
  store: FreeRangeStore;
  guard: RangeGuard;
  clock: Clock;
}

export interface TailReturnReport {
  /** Ids that will be given again. */
  returned: number;
  /** Ids that may never be. */
  lost: number;
}

/** Of released tails: whose claim it was matters no more. */
type Row = Omit<Tail, 'claim'>;

/** As many as the store has connections for. */
const AT_A_TIME = 4;
const MAX_CALL_MS = 1_000;

/**
 * Returns the tails of many keys, those of a key one after the other. Each id was given up for good before, and nothing
 * is sent twice: what fails may have happened, and to do it again under somebody else's range would be a disaster.
 */
export class TailReturn {
  readonly report: TailReturnReport = { returned: 0, lost: 0 };
  private readonly endMs: number;

  constructor(
    private readonly deps: TailReturnDependencies,
    timeoutMs: number,
  ) {
    this.endMs = deps.clock.monotonicMs() + timeoutMs;
  }

  /** `drain` gives the tails of a key, the lowest first, and may wait. Resolves within the time. */
  async run(keys: Iterable<[string, () => Promise<Tail[]>]>): Promise<void> {
    const left = [...keys];
    const worker = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [key, drain] = next;
        // oxlint-disable-next-line no-await-in-loop -- so many at a time
        await this.returnAll(key, await drain());
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  }

  private async returnAll(key: string, tails: readonly Tail[]): Promise<void> {
    // Each by its own claim, and a witness takes what it is asked at once in one go.
    const areReleased = await Promise.all(tails.map((tail) => this.release(key, tail)));
    const released = tails.filter((_, n) => areReleased[n]);
    for (const tail of tails) this.report.lost += sizeOf(tail);
    for (const row of inRows(released).toReversed()) {
      // oxlint-disable-next-line no-await-in-loop -- so that the counter goes back over each
      const returned = await this.giveBack(key, row);
      this.report.returned += returned;
      this.report.lost -= returned;
    }
  }

  /** Witness first: what the store gives again must be known there as given up. */
  private async release(key: string, tail: Tail): Promise<boolean> {
    try {
      return await this.deps.guard.release(key, tail, tail.claim, this.leftMs());
    } catch {
      return false;
    }
  }

  private async giveBack(key: string, row: Row): Promise<number> {
    try {
      return await this.deps.store.giveBack(key, row, row.leases, this.leftMs());
    } catch {
      return 0;
    }
  }

  private leftMs(): number {
    const leftMs = this.endMs - this.deps.clock.monotonicMs();
    if (leftMs <= 0) throw new Error('no time is left');
    return Math.min(leftMs, MAX_CALL_MS);
  }
}

function sizeOf({ start, end }: SegmentRange): number {
  return Number(end - start);
}

/** Ranges in a row as one: the store knows of the last one what it says of all. */
function inRows(tails: readonly Tail[]): Row[] {
  const rows: Row[] = [];
  for (const tail of tails) {
    const before = rows.at(-1);
    if (before?.end === tail.start) rows[rows.length - 1] = { ...tail, start: before.start };
    else rows.push(tail);
  }
  return rows;
}
