import type { FaultEntry, JournalEntry } from './run-files.js';
import type { Gap } from './uniqueness.js';

interface Entry {
  start: bigint;
  end: bigint;
  returnedFrom: bigint;
  entry: JournalEntry;
  /** Of its ids, before any were returned. */
  unreceived: bigint;
}

/** What was known of ids that nobody received: by the cause, how many. */
export type Shares = Map<string, bigint>;

export const KILLED_OR_BURNED = 'kill -9 of a node, or a range whose answer did not come';

/** Gaps as the journal of the ranges explains them: to whom each range was given, and what became of it. */
export class JournalCauses {
  private readonly entries: Entry[];

  /** `journal`: of one key, the oldest first. */
  constructor(journal: readonly JournalEntry[]) {
    this.entries = journal.map((entry) => {
      const { start, end, returnedFrom } = entry;
      const from = returnedFrom === null ? BigInt(end) : BigInt(returnedFrom);
      return { start: BigInt(start), end: BigInt(end), returnedFrom: from, entry, unreceived: 0n };
    });
  }

  /** What is not explained is left out. */
  explain({ first, count }: Pick<Gap, 'first' | 'count'>): Shares {
    const shares: Shares = new Map();
    let left: [bigint, bigint][] = [[first, first + count]];
    // The newest first: it is what became of ids that came back and were given again.
    for (const each of this.entries.toReversed()) {
      if (left.length === 0) break;
      const { start, end, returnedFrom, entry } = each;
      const gone = overlapOf(left, start, returnedFrom);
      each.unreceived += gone;
      if (gone > 0n) add(shares, causeOf(entry), gone);
      left = without(left, start, returnedFrom);
      const returned = overlapOf(left, returnedFrom, end);
      if (returned > 0n) add(shares, 'returned, and not issued again yet', returned);
      left = without(left, returnedFrom, end);
    }
    return shares;
  }

  /**
   * How many segments each of these kills took with it, once all gaps are explained: what `holder` had in memory are the
   * last segment of which an id was received, and those after it. A range before that was burned: it never came. One
   * that is shorter than the key's step is a piece that came back, of which a call may take many.
   */
  segmentsLost(holder: string, kills: readonly FaultEntry[], step: bigint): number[] {
    let fromMs = 0;
    return kills.map(({ beginMs }) => {
      const own = this.entries.filter(
        ({ entry, start, end }) =>
          entry.kind === 'segment' &&
          end - start >= step &&
          entry.holder === holder &&
          entry.atMs >= fromMs &&
          entry.atMs < beginMs,
      );
      fromMs = beginMs;
      const last = own.findLastIndex(({ start, end, unreceived }) => unreceived < end - start);
      return own.slice(Math.max(last, 0)).filter(({ unreceived }) => unreceived > 0n).length;
    });
  }
}

function causeOf({ kind, state }: JournalEntry): string {
  if (state === 'superseded') return 'dropped: not admitted, or a lease that was never answered';
  if (kind === 'lease') return 'the rest of a lease that never came back';
  return state === 'open' ? KILLED_OR_BURNED : 'an answer that no one waited for';
}

function add(shares: Shares, cause: string, ids: bigint): void {
  shares.set(cause, (shares.get(cause) ?? 0n) + ids);
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
