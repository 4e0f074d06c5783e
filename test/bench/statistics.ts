/** A figure over all rounds. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** Of at least one value. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('no values');
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/**
 * The ratio of two figures, taken round by round: what slows a whole round down, such as another
 * program on the machine, then leaves it almost as it is. Undefined where a figure is missing.
 */
export function ratio(
  values: readonly (number | undefined)[],
  bases: readonly (number | undefined)[],
): Spread | undefined {
  const ratios = values.map((value, round) => (value ?? Number.NaN) / (bases[round] ?? Number.NaN));
  return ratios.length === 0 || ratios.some(Number.isNaN) ? undefined : spread(ratios);
}
