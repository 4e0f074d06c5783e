import type { IdRun } from './read-records.js';

/** Ids that two callers were given, or one twice. */
export interface Duplicate {
  space: number;
  first: bigint;
  count: bigint;
  runs: readonly [IdRun, IdRun];
}

/** Ids of a space that nobody was given, though one below and one above were. */
export interface Gap {
  space: number;
  first: bigint;
  count: bigint;
  /** The runs on its two sides. */
  below: IdRun;
  above: IdRun;
}

export interface SpaceTotals {
  runs: number;
  ids: bigint;
  duplicates: bigint;
}

export interface Uniqueness {
  totals: Map<number, SpaceTotals>;
  /** The first ones. */
  duplicates: Duplicate[];
}

const SHOWN = 100;

/** Walks over runs sorted by space and first id. */
export function checkUnique(runs: Iterable<IdRun>, onGap: (gap: Gap) => void): Uniqueness {
  const totals = new Map<number, SpaceTotals>();
  const duplicates: Duplicate[] = [];
  /** The run that reaches highest, of those up to now. */
  let high: IdRun | undefined;
  for (const run of runs) {
    const { space, first } = run;
    const sum = totals.get(space) ?? { runs: 0, ids: 0n, duplicates: 0n };
    totals.set(space, sum);
    sum.runs++;
    sum.ids += BigInt(run.count);
    if (high?.space !== space) {
      high = run;
      continue;
    }
    const [highEnd, end] = [endOf(high), endOf(run)];
    if (first < highEnd) {
      const count = (end < highEnd ? end : highEnd) - first;
      sum.duplicates += count;
      if (duplicates.length < SHOWN) duplicates.push({ space, first, count, runs: [high, run] });
    } else if (first > highEnd) {
      onGap({ space, first: highEnd, count: first - highEnd, below: high, above: run });
    }
    if (end > highEnd) high = run;
  }
  return { totals, duplicates };
}

const endOf = ({ first, count }: IdRun) => first + BigInt(count);
