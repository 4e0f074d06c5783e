import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEASE_RECORD_MS } from '#core';
import { RangeLeaseBench, type RangeLeaseStoreFixture } from './range-lease-bench.js';
import { expectDisjoint, mixedLoad } from './range-lease-load.js';
import { orderCases } from './range-lease-order.cases.js';
import { returnCases } from './range-lease-return.cases.js';

/** What every range lease store does, the one in memory included. */
export function describeRangeLeaseStore(
  name: string,
  factory: () => Promise<RangeLeaseStoreFixture>,
): void {
  describe(`range lease store: ${name}`, () => {
    const bench = new RangeLeaseBench();
    beforeAll(async () => void (bench.fixture = await factory()));
    afterAll(async () => bench.fixture?.close());

    orderCases(bench);
    returnCases(bench);

    it('forgets leases after a day, the oldest first, and no younger one', async () => {
      await bench.fixture.put('old', {});
      const oldest = await bench.lease('old', 10, 'r-0');
      const old = await bench.lease('old', 10, 'r-1');
      const young = await bench.lease('old', 10, 'r-2');
      const open = await bench.lease('old', 10, 'r-3');
      await bench.fixture.makeOlder(oldest.leaseId, LEASE_RECORD_MS + 120_000);
      await bench.fixture.makeOlder(old.leaseId, LEASE_RECORD_MS + 60_000);
      await bench.fixture.makeOlder(young.leaseId, LEASE_RECORD_MS - 600_000);
      expect(await bench.prune(1)).toBe(1);
      await expect(bench.giveBack(oldest, 1n)).rejects.toMatchObject({ code: 'LEASE_NOT_FOUND' });
      expect(await bench.lease('old', 10, 'r-1')).toEqual(old);
      expect(await bench.prune(10)).toBe(1);
      expect(await bench.prune(10)).toBe(0);
      expect(await bench.lease('old', 10, 'r-1')).toMatchObject({ start: 41n, end: 51n });
      expect(await bench.lease('old', 10, 'r-2')).toEqual(young);
      expect(await bench.lease('old', 10, 'r-3')).toEqual(open);
    });

    it('gives no id twice to leases, returns and single ids at once', async () => {
      await bench.fixture.put('busy', { step: 5 });
      const used = await mixedLoad(bench.fixture.nodes, 'busy', { callers: 6, rounds: 12 });
      expectDisjoint(used);
      expect(used.length).toBeGreaterThan(72);
    });
  });
}
