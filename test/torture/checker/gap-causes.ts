import { JournalCauses } from './journal-causes.js';
import type { FaultEntry, StoreFile } from './run-files.js';
import type { Gap } from './uniqueness.js';

export interface GapTotals {
  gaps: number;
  ids: bigint;
  largest: bigint;
}

/** What may have taken ids away, in the order of blame where several were at work. */
const BLAME: readonly (readonly [cause: string, kinds: RegExp])[] = [
  ['margin after a rewind', /rewind|failover|old primary/],
  ['kill -9 of a node', /node kill/],
  ['time-out against the database', /database|node-database/],
  ['node paused or its clock set', /node pause|clock/],
  ['claim not confirmed in time', /zookeeper/],
  ['clean stop of a node', /node stop/],
];

/** A range is leased before its neighbours are issued, at most so long. */
const STOCK_MS = 15_000;

/** Gaps of the whole run by their cause, as far as what was written down tells it. */
export class GapCauses {
  readonly totals = new Map<string, GapTotals>();
  private readonly journals: readonly JournalCauses[];

  constructor(
    private readonly spaces: readonly string[],
    private readonly faults: readonly FaultEntry[],
    private readonly store: StoreFile | undefined,
  ) {
    this.journals = spaces.map((key) => new JournalCauses(store?.keys[key]?.journal ?? []));
  }

  /** How many segments each kill took with it, of each key; to be asked for once all gaps were added. */
  segmentsLost(holders: readonly string[]): number[] {
    return holders.flatMap((holder, i) => {
      const kills = this.faults.filter(
        ({ kind, target }) => kind === 'node kill' && target === `node ${i + 1}`,
      );
      return this.journals.flatMap((journal, space) => {
        const step = this.store?.keys[this.spaces[space]!]?.step ?? 1;
        return journal.segmentsLost(holder, kills, BigInt(step));
      });
    });
  }

  add(gap: Gap): void {
    const shares = this.journals[gap.space]!.explain(gap);
    if (shares.size === 0) {
      const free = this.freeIn(gap);
      if (free > 0n) shares.set('returned, and not issued again yet', free);
    }
    let left = gap.count;
    for (const [cause, ids] of shares) {
      left -= ids;
      this.count(cause, ids);
    }
    if (left > 0n) this.count(this.cause(gap), left);
  }

  private cause({ count, below, above }: Gap): string {
    const from = Math.min(below.atMs, above.atMs) - STOCK_MS;
    const until = Math.max(below.atMs, above.atMs);
    const meanwhile = this.faults.filter(({ beginMs, endMs }) => beginMs <= until && endMs >= from);
    const found = BLAME.find(([, kinds]) => meanwhile.some(({ kind }) => kinds.test(kind)));
    if (found) return found[0];
    if (meanwhile.length > 0) return 'another fault';
    return count <= 1_000n ? 'an answer that no one waited for' : 'NOT EXPLAINED';
  }

  private freeIn(gap: Gap): bigint {
    const free = this.store?.keys[this.spaces[gap.space]!]?.free ?? [];
    let sum = 0n;
    for (const [start, end] of free) {
      const from = max(BigInt(start), gap.first);
      const until = min(BigInt(end), gap.first + gap.count);
      if (until > from) sum += until - from;
    }
    return sum;
  }

  private count(cause: string, ids: bigint): void {
    const sum = this.totals.get(cause) ?? { gaps: 0, ids: 0n, largest: 0n };
    this.totals.set(cause, {
      gaps: sum.gaps + 1,
      ids: sum.ids + ids,
      largest: max(sum.largest, ids),
    });
  }
}

const max = (a: bigint, b: bigint) => (a > b ? a : b);
const min = (a: bigint, b: bigint) => (a < b ? a : b);
