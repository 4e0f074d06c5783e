import { randomInt, randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { type RangeLeaseStore, type SegmentRange, type SegmentStore } from '#core';

const TIMEOUT_MS = 20_000;

interface Load {
  callers: number;
  rounds: number;
}

/** What callers of several nodes used, all at once: whole segments, and leases up to where each was given back. */
export async function mixedLoad(
  nodes: readonly { leases: RangeLeaseStore; segments: SegmentStore }[],
  key: string,
  { callers, rounds }: Load,
): Promise<SegmentRange[]> {
  const used: SegmentRange[] = [];
  const caller = async (_: unknown, i: number) => {
    const { leases, segments } = nodes[i % nodes.length]!;
    for (let round = 0; round < rounds; round++) {
      const size = randomInt(1, 20);
      const order = {
        key,
        size,
        requestId: `${i}-${round}`,
        leaseId: randomUUID(),
        needsConfirmation: false,
      };
      // oxlint-disable-next-line no-await-in-loop -- a caller's sequence
      const { leaseId, start, end } = await leases.lease(order, TIMEOUT_MS);
      // oxlint-disable-next-line no-await-in-loop
      if (round % 2 === 0) used.push(await segments.allocate(key, 5, TIMEOUT_MS));
      const from = start + BigInt(randomInt(0, size + 1));
      used.push({ start, end: from });
      // oxlint-disable-next-line no-await-in-loop
      const returned = await leases.return({ leaseId, from }, TIMEOUT_MS);
      expect(returned).toBe(Number(end - from));
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return used;
}

/** No id is in two of the ranges. */
export function expectDisjoint(ranges: readonly SegmentRange[]): void {
  const sorted = ranges
    .filter(({ start, end }) => start < end)
    .toSorted((a, b) => (a.start < b.start ? -1 : 1));
  const overlapping = sorted.filter(({ start }, i) => i > 0 && start < sorted[i - 1]!.end);
  expect(overlapping).toEqual([]);
}
