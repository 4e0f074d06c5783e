import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEASE_RECORD_MS, type LeaseRecord, type RangeLeaseStore, type SegmentStore } from '#core';
import { expectDisjoint, mixedLoad } from './range-lease-load.js';

export interface RangeLeaseStoreFixture {
  /** As many nodes over one database. */
  nodes: { leases: RangeLeaseStore; segments: SegmentStore }[];
  /** What an operator would do with SQL of his own. */
  put(key: string, row: { maxId?: bigint; step?: number }): Promise<void>;
  remove(key: string): Promise<void>;
  maxId(key: string): Promise<bigint | undefined>;
  /** As if the lease had been given so long before. */
  makeOlder(leaseId: string, byMs: number): Promise<void>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;
const LIMIT = 2n ** 63n - 1n;

/** What every range lease store does, the one in memory included. */
export function describeRangeLeaseStore(
  name: string,
  factory: () => Promise<RangeLeaseStoreFixture>,
): void {
  describe(`range lease store: ${name}`, () => {
    let fixture: RangeLeaseStoreFixture;
    const node = (i = 0) => fixture.nodes[i % fixture.nodes.length]!;
    const lease = (key: string, size: number, requestId?: string, of = 0) =>
      node(of).leases.lease({ key, size, requestId, leaseId: randomUUID() }, TIMEOUT_MS);
    const giveBack = ({ leaseId }: LeaseRecord, from: bigint, key?: string, of = 0) =>
      node(of).leases.return({ leaseId, from, key }, TIMEOUT_MS);
    const allocate = (key: string, size: number) => node().segments.allocate(key, size, TIMEOUT_MS);
    /** The ids alone. */
    const range = async (given: Promise<LeaseRecord>) => {
      const { start, end } = await given;
      return [start, end];
    };

    beforeAll(async () => void (fixture = await factory()));
    afterAll(async () => fixture?.close());

    describe('a lease', () => {
      it('is of exactly the size, from the counter that single ids come from', async () => {
        await fixture.put('fresh', { step: 10 });
        const first = await lease('fresh', 7);
        expect(first).toEqual({ leaseId: expect.any(String), key: 'fresh', start: 1n, end: 8n });
        expect(await allocate('fresh', 10)).toEqual({ start: 8n, end: 18n });
        expect(await range(lease('fresh', 1_000_000))).toEqual([18n, 1_000_018n]);
        expect(await fixture.maxId('fresh')).toBe(1_000_018n);
      });

      it('is exact beyond 2^53', async () => {
        const start = 2n ** 53n + 1n;
        await fixture.put('large', { maxId: start });
        const first = await lease('large', 3);
        expect(first).toMatchObject({ start, end: start + 3n });
        await lease('large', 1);
        expect(await giveBack(first, start + 1n)).toBe(2);
        expect(await range(lease('large', 1))).toEqual([start + 1n, start + 2n]);
      });

      it.each([0n, -5n])('gives no id below 1 from a max_id of %i', async (maxId) => {
        await fixture.put('negative', { maxId });
        expect(await range(lease('negative', 4))).toEqual([1n, 5n]);
        expect(await fixture.maxId('negative')).toBe(5n);
      });

      it('makes no key, and takes none for another', async () => {
        await fixture.put('order', { maxId: 77n });
        for (const key of ['nobody', 'ORDER', 'ordér', 'order\u{200b}', '\ud83d', '%']) {
          // oxlint-disable-next-line no-await-in-loop
          await expect(lease(key, 5, 'r')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
        }
        expect(await fixture.maxId('nobody')).toBeUndefined();
        expect(await fixture.maxId('order')).toBe(77n);
      });

      it('is refused where the 63-bit space has not so many left, and a smaller one is not', async () => {
        await fixture.put('last', { maxId: LIMIT - 10n });
        await expect(lease('last', 11)).rejects.toMatchObject({ code: 'KEY_EXHAUSTED' });
        expect(await fixture.maxId('last')).toBe(LIMIT - 10n);
        const last = await lease('last', 10);
        expect(last).toMatchObject({ start: LIMIT - 10n, end: LIMIT });
        await expect(lease('last', 1)).rejects.toMatchObject({ code: 'KEY_EXHAUSTED' });
        expect(await giveBack(last, LIMIT - 4n)).toBe(4);
        expect(await range(lease('last', 4))).toEqual([LIMIT - 4n, LIMIT]);
      });
    });

    describe('a repeated request', () => {
      it('gets the same lease from any node, and moves nothing', async () => {
        await fixture.put('again', {});
        const first = await lease('again', 50, 'r-1');
        await allocate('again', 10);
        expect(await lease('again', 50, 'r-1', 1)).toEqual(first);
        expect(await fixture.maxId('again')).toBe(61n);
        expect(await range(lease('again', 50, 'r-2'))).toEqual([61n, 111n]);
      });

      it('that comes many times at once gets one lease', async () => {
        await fixture.put('storm', {});
        const given = await Promise.all(
          Array.from({ length: 20 }, (_, i) => lease('storm', 50, 'r', i)),
        );
        expect(new Set(given.map(({ leaseId }) => leaseId)).size).toBe(1);
        expect(await fixture.maxId('storm')).toBe(51n);
      });

      it('of another size is a conflict, whether or not the lease was returned', async () => {
        await fixture.put('conflict', {});
        const first = await lease('conflict', 50, 'r');
        const conflict = { code: 'IDEMPOTENCY_CONFLICT' };
        await expect(lease('conflict', 51, 'r', 1)).rejects.toMatchObject(conflict);
        await giveBack(first, first.start);
        await expect(lease('conflict', 49, 'r')).rejects.toMatchObject(conflict);
        expect(await fixture.maxId('conflict')).toBe(1n);
      });

      it('never gets back what was returned', async () => {
        await fixture.put('returned', {});
        const first = await lease('returned', 50, 'r');
        await giveBack(first, first.end);
        await expect(lease('returned', 50, 'r', 1)).rejects.toMatchObject({
          code: 'LEASE_RETURNED',
        });
      });

      it('is one only for the same key and the same bytes', async () => {
        await fixture.put('one', {});
        await fixture.put('two', {});
        const ids = ['r', 'R', 'r ', ' r', "r'", 'r\\', 'r%', 'r'.repeat(255)];
        const given = [];
        // oxlint-disable-next-line no-await-in-loop
        for (const id of ids) given.push((await lease('one', 1, id)).start);
        expect(given).toEqual(ids.map((_, i) => BigInt(i + 1)));
        expect(await range(lease('two', 9, 'r'))).toEqual([1n, 10n]);
      });

      it('finds a lease of an exhausted key', async () => {
        await fixture.put('full', { maxId: LIMIT - 5n });
        const first = await lease('full', 5, 'r');
        expect(await lease('full', 5, 'r')).toEqual(first);
      });
    });

    describe('a return', () => {
      it('sets the counter back where nothing was given above', async () => {
        await fixture.put('back', {});
        const first = await lease('back', 100);
        expect(await giveBack(first, 41n, 'back', 1)).toBe(60);
        expect(await fixture.maxId('back')).toBe(41n);
        expect(await range(lease('back', 100))).toEqual([41n, 141n]);
      });

      it('is the next range leased where something was given above', async () => {
        await fixture.put('next', {});
        const first = await lease('next', 100);
        await allocate('next', 10);
        expect(await giveBack(first, 41n)).toBe(60);
        expect(await fixture.maxId('next')).toBe(111n);
        expect(await range(lease('next', 60, undefined, 1))).toEqual([41n, 101n]);
        expect(await range(lease('next', 60))).toEqual([111n, 171n]);
      });

      it('is cut up for smaller leases, and left alone by larger ones', async () => {
        await fixture.put('cut', {});
        const first = await lease('cut', 100);
        await allocate('cut', 10);
        await giveBack(first, 1n);
        expect(await range(lease('cut', 101))).toEqual([111n, 212n]);
        expect(await range(lease('cut', 30))).toEqual([1n, 31n]);
        expect(await range(lease('cut', 70))).toEqual([31n, 101n]);
        expect(await range(lease('cut', 1))).toEqual([212n, 213n]);
      });

      it('goes to whom it fits best', async () => {
        await fixture.put('fit', {});
        const [large, small] = [await lease('fit', 100), await lease('fit', 20)];
        await allocate('fit', 1);
        await giveBack(large, large.start);
        await giveBack(small, small.start);
        expect(await range(lease('fit', 20))).toEqual([101n, 121n]);
        expect(await range(lease('fit', 20))).toEqual([1n, 21n]);
      });

      it('can itself be returned in part', async () => {
        await fixture.put('twice', {});
        const first = await lease('twice', 100);
        await allocate('twice', 1);
        await giveBack(first, 51n);
        const second = await lease('twice', 50);
        expect(second.start).toBe(51n);
        expect(await giveBack(second, 76n)).toBe(25);
        expect(await range(lease('twice', 25))).toEqual([76n, 101n]);
      });

      it('of nothing ends the lease', async () => {
        await fixture.put('none', {});
        const first = await lease('none', 10);
        expect(await giveBack(first, 11n)).toBe(0);
        await expect(giveBack(first, 5n)).rejects.toMatchObject({ code: 'LEASE_RETURNED' });
        expect(await fixture.maxId('none')).toBe(11n);
      });

      it('counts once, also when it comes many times at once', async () => {
        await fixture.put('once', {});
        const first = await lease('once', 100);
        const settled = await Promise.allSettled(
          Array.from({ length: 10 }, (_, i) => giveBack(first, BigInt(1 + i), undefined, i)),
        );
        const done = settled.filter(({ status }) => status === 'fulfilled');
        expect(done).toHaveLength(1);
        for (const each of settled) {
          if (each.status === 'rejected')
            expect(each.reason).toMatchObject({ code: 'LEASE_RETURNED' });
        }
        const [given] = await range(lease('once', 100));
        expect(settled[Number(given) - 1]!.status).toBe('fulfilled');
      });

      it('is refused outside of the lease, and changes nothing', async () => {
        await fixture.put('outside', { maxId: 100n });
        const first = await lease('outside', 10);
        for (const from of [1n, 99n, 111n, 2n ** 64n]) {
          // oxlint-disable-next-line no-await-in-loop
          await expect(giveBack(first, from)).rejects.toMatchObject({ code: 'BODY_INVALID' });
        }
        expect(await giveBack(first, 110n)).toBe(0);
      });

      it('is refused for a lease that is not there, or of another key', async () => {
        await fixture.put('mine', {});
        const first = await lease('mine', 10);
        const unknown = { code: 'LEASE_NOT_FOUND' };
        await expect(giveBack(first, 1n, 'other')).rejects.toMatchObject(unknown);
        for (const leaseId of [
          randomUUID(),
          'x',
          '',
          "' OR 1=1 -- ",
          'é'.repeat(20),
          'x'.repeat(99),
        ]) {
          // oxlint-disable-next-line no-await-in-loop
          await expect(giveBack({ ...first, leaseId }, 1n)).rejects.toMatchObject(unknown);
        }
        expect(await giveBack(first, 1n, 'mine')).toBe(10);
      });
    });

    describe('a counter that was set back by hand', () => {
      it('takes no tail from before: it will give these ids by itself', async () => {
        await fixture.put('reset', { maxId: 1_000n });
        const [first, second] = [await lease('reset', 10), await lease('reset', 10)];
        await giveBack(first, 1_000n);
        await fixture.put('reset', { maxId: 1n });
        expect(await giveBack(second, 1_010n)).toBe(0);
        expect(await range(lease('reset', 10))).toEqual([1n, 11n]);
        expect(await fixture.maxId('reset')).toBe(11n);
        await fixture.put('reset', { maxId: 2_000n });
        expect(await range(lease('reset', 10))).toEqual([2_000n, 2_010n]);
      });

      it('nor one of a key that was deleted', async () => {
        await fixture.put('deleted', {});
        const first = await lease('deleted', 10);
        await fixture.remove('deleted');
        expect(await giveBack(first, 5n)).toBe(0);
        expect(await fixture.maxId('deleted')).toBeUndefined();
      });
    });

    it('forgets leases after a day, the oldest first, and no younger one', async () => {
      await fixture.put('old', {});
      const given = [];
      // oxlint-disable-next-line no-await-in-loop
      for (let i = 0; i < 4; i++) given.push(await lease('old', 10, `r-${i}`));
      const [oldest, old, young, open] = given as [
        LeaseRecord,
        LeaseRecord,
        LeaseRecord,
        LeaseRecord,
      ];
      await fixture.makeOlder(oldest.leaseId, LEASE_RECORD_MS + 120_000);
      await fixture.makeOlder(old.leaseId, LEASE_RECORD_MS + 60_000);
      await fixture.makeOlder(young.leaseId, LEASE_RECORD_MS - 60_000);
      const prune = (limit: number) => node().leases.prune(limit, TIMEOUT_MS);
      expect(await prune(1)).toBe(1);
      await expect(giveBack(oldest, 1n)).rejects.toMatchObject({ code: 'LEASE_NOT_FOUND' });
      expect(await lease('old', 10, 'r-1')).toEqual(old);
      expect(await prune(10)).toBe(1);
      expect(await prune(10)).toBe(0);
      expect(await range(lease('old', 10, 'r-1'))).toEqual([41n, 51n]);
      expect(await lease('old', 10, 'r-2')).toEqual(young);
      expect(await lease('old', 10, 'r-3')).toEqual(open);
    });

    it('gives no id twice to leases, returns and single ids at once', async () => {
      await fixture.put('busy', { step: 5 });
      const used = await mixedLoad(fixture.nodes, 'busy', { callers: 6, rounds: 12 });
      expectDisjoint(used);
      expect(used.length).toBeGreaterThan(72);
    });
  });
}
