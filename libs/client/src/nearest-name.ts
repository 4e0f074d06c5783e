/** The one of `names` that `name` is most like, where that is a slip of the pen or another case. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const distances = names.map((each) => distance(name.toLowerCase(), each.toLowerCase()));
  const least = Math.min(...distances);
  return least <= Math.ceil(name.length / 4) ? names[distances.indexOf(least)] : undefined;
}

/** Levenshtein's: how many letters have to be put in, taken out or changed. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let at = 1; at <= to.length; at++) {
      const changed = row[at - 1]! + (letter === to[at - 1] ? 0 : 1);
      next.push(Math.min(changed, row[at]! + 1, next[at - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
