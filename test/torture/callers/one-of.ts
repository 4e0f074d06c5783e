/** Mostly the first, rarely the last: a hot, a warm and a cold one. */
export function oneOf<T>(items: readonly T[]): T {
  let index = 0;
  while (index < items.length - 1 && Math.random() < 0.15) index++;
  return items[index]!;
}
