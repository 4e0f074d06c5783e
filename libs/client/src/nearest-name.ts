import { editDistance } from '../../contracts/src/index.js';

/** The one of `names` that `name` is most like, where that is a slip of the pen or another case. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const distances = names.map((each) => editDistance(name.toLowerCase(), each.toLowerCase()));
  const least = Math.min(...distances);
  return least <= Math.ceil(name.length / 4) ? names[distances.indexOf(least)] : undefined;
}
