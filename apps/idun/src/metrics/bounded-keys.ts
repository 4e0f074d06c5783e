/** Keys are chosen by callers, and each is a time series of whoever collects the metrics. */
const MAX_KEYS = 1_000;
export const OTHER_KEYS = 'other';

/** What belongs together under one label: each key by itself, those beyond the first thousand in one. */
export function boundedByKey<T extends { readonly key: string }>(
  items: readonly T[],
  maxKeys = MAX_KEYS,
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  items.forEach((item, i) => {
    const label = i < maxKeys ? item.key : OTHER_KEYS;
    const group = groups.get(label);
    if (group) group.push(item);
    else groups.set(label, [item]);
  });
  return groups;
}
