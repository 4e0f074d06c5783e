import type { JournalEntry } from './run-files.js';
import type { Gap } from './uniqueness.js';

interface Entry {
  start: bigint;
  end: bigint;
  returnedFrom: bigint;
  entry: JournalEntry;
}

/** What was known of ids that nobody received: by the cause, how many. */
export type Shares = Map<string, bigint>;

export const LOST_BY_KILL = 'kill -9 of a node';

/** Gaps as the journal of the ranges explains them: to whom each range was given, and what became of it. */
export class JournalCauses {
  private readonly entries: Entry[];
  private readonly segmentsLost = new Map<string, Set<bigint>>();

  /** `journal`: of one key, the oldest first. */
  constructor(journal: readonly JournalEntry[]) {
    this.entries = journal.map((entry) => {
      const { start, end, returnedFrom } = entry;
      const from = returnedFrom === null ? BigInt(end) : BigInt(returnedFrom);
      return { start: BigInt(start), end: BigInt(end), returnedFrom: from, entry };
    });
  }

  /** The most segments that one process took with it. */
  get mostSegmentsLost(): number {
    return Math.max(0, ...[...this.segmentsLost.values()].map(({ size }) => size));
  }

  /** What is not explained is left out. */
  explain({ first, count }: Pick<Gap, 'first' | 'count'>): Shares {
    const shares: Shares = new Map();
    let left: [bigint, bigint][] = [[first, first + count]];
    // The newest first: it is what became of ids that came back and were given again.
    for (const { start, end, returnedFrom, entry } of this.entries.toReversed()) {
      if (left.length === 0) break;
      const gone = overlapOf(left, start, returnedFrom);
      if (gone > 0n) this.add(shares, this.causeOf(entry, start), gone);
      left = without(left, start, returnedFrom);
      const returned = overlapOf(left, returnedFrom, end);
      if (returned > 0n) this.add(shares, 'returned, and not issued again yet', returned);
      left = without(left, returnedFrom, end);
    }
    return shares;
  }

  private causeOf({ kind, state, holder }: JournalEntry, start: bigint): string {
    if (state === 'superseded') return 'dropped: not admitted, or a lease that was never answered';
    if (kind === 'lease') return 'the rest of a lease that never came back';
    if (state !== 'open') return 'an answer that no one waited for';
    const lost = this.segmentsLost.get(holder) ?? new Set();
    this.segmentsLost.set(holder, lost.add(start));
    return LOST_BY_KILL;
  }

  private add(shares: Shares, cause: string, ids: bigint): void {
    shares.set(cause, (shares.get(cause) ?? 0n) + ids);
  }
}

function overlapOf(parts: readonly [bigint, bigint][], start: bigint, end: bigint): bigint {
  return parts.reduce((sum, [from, until]) => {
    const size = (until < end ? until : end) - (from > start ? from : start);
    return size > 0n ? sum + size : sum;
  }, 0n);
}

function without(
  parts: readonly [bigint, bigint][],
  start: bigint,
  end: bigint,
): [bigint, bigint][] {
  return parts.flatMap(([from, until]) => {
    if (end <= from || until <= start) return [[from, until] as [bigint, bigint]];
    const rest: [bigint, bigint][] = [];
    if (from < start) rest.push([from, start]);
    if (end < until) rest.push([end, until]);
    return rest;
  });
}
