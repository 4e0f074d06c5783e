import type { Clock } from '../clock.js';
import type { RangeGuard } from '../witness/range-guard.js';
import type { Tail } from './segment-stock.js';
import type { FreeRangeStore } from './segment-store.port.js';

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

  /** `drain` gives the tails of a key, the highest first, and may wait. Resolves within the time. */
  async run(keys: Iterable<[string, () => Promise<Tail[]>]>): Promise<void> {
    const left = [...keys];
    const worker = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [key, drain] = next;
        // oxlint-disable-next-line no-await-in-loop -- so many at a time
        for (const tail of await drain()) await this.giveBack(key, tail);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  }

  private async giveBack(key: string, tail: Tail): Promise<void> {
    const size = Number(tail.end - tail.start);
    const returned = await this.tryGiveBack(key, tail);
    this.report.returned += returned;
    this.report.lost += size - returned;
  }

  private async tryGiveBack(key: string, tail: Tail): Promise<number> {
    const { store, guard } = this.deps;
    try {
      // Witness first: what the store gives again must be known there as given up.
      const isReleased = await guard.release(key, tail, this.leftMs());
      return isReleased ? await store.giveBack(key, tail, tail.leases, this.leftMs()) : 0;
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
