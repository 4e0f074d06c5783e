import type { AdminKey } from '#core';
import { table, type Column } from './table.js';

const COLUMNS: readonly Column[] = [
  { title: 'KEY' },
  { title: 'NEXT ID', isRight: true },
  { title: 'STEP', isRight: true },
  { title: 'RATE', isRight: true },
  { title: 'STATE' },
  { title: 'DESCRIPTION', isFlexible: true },
];

/** For people. */
export function keyTable(keys: readonly AdminKey[], maxWidth: number | undefined): string {
  if (keys.length === 0) return 'There is no key yet.';
  return table(
    COLUMNS,
    keys.map((key) => cellsOf(key)),
    maxWidth,
  );
}

export function keyText(key: AdminKey): string {
  return keyTable([key], undefined);
}

function cellsOf({ key, maxId, step, ratePerSecond, suspended, description }: AdminKey): string[] {
  return [
    key,
    String(maxId),
    String(step),
    ratePerSecond === undefined ? '-' : `${ratePerSecond}/s`,
    suspended ? 'suspended' : 'active',
    description ?? '-',
  ];
}
