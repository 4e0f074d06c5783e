import { describe, expect, it } from 'vitest';
import type { RangeLeaseBench } from './range-lease-bench.js';

const LIMIT = 2n ** 63n - 1n;

/** What is leased, and what to whom asks again. */
export function orderCases(bench: RangeLeaseBench): void {
  describe('a lease', () => {
    it('is of exactly the size, from the counter that single ids come from', async () => {
      await bench.fixture.put('fresh', { step: 10 });
      const first = await bench.lease('fresh', 7);
      const range = { key: 'fresh', start: 1n, end: 8n };
      const fresh = { leaseId: expect.any(String), isConfirmed: true, isFromFree: false };
      expect(first).toEqual({ ...range, ...fresh });
      expect(await bench.allocate('fresh', 10)).toEqual({ start: 8n, end: 18n });
      expect(await bench.range('fresh', 1_000_000)).toEqual([18n, 1_000_018n]);
      expect(await bench.fixture.maxId('fresh')).toBe(1_000_018n);
    });

    it('is exact beyond 2^53', async () => {
      const start = 2n ** 53n + 1n;
      await bench.fixture.put('large', { maxId: start });
      const first = await bench.lease('large', 3);
      expect(first).toMatchObject({ start, end: start + 3n });
      await bench.lease('large', 1);
      expect(await bench.giveBack(first, start + 1n)).toBe(2);
      expect(await bench.range('large', 1)).toEqual([start + 1n, start + 2n]);
    });

    it.each([0n, -5n])('gives no id below 1 from a max_id of %i', async (maxId) => {
      await bench.fixture.put('negative', { maxId });
      expect(await bench.range('negative', 4)).toEqual([1n, 5n]);
      expect(await bench.fixture.maxId('negative')).toBe(5n);
    });

    it('makes no key, and takes none for another', async () => {
      await bench.fixture.put('order', { maxId: 77n });
      for (const key of ['nobody', 'ORDER', 'ordér', 'order\u{200b}', '\ud83d', '%']) {
        // oxlint-disable-next-line no-await-in-loop
        await expect(bench.lease(key, 5, 'r')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
      }
      expect(await bench.fixture.maxId('nobody')).toBeUndefined();
      expect(await bench.fixture.maxId('order')).toBe(77n);
    });

    it('is refused where the 63-bit space has not so many left, and a smaller one is not', async () => {
      await bench.fixture.put('last', { maxId: LIMIT - 10n });
      await expect(bench.lease('last', 11)).rejects.toMatchObject({ code: 'KEY_EXHAUSTED' });
      expect(await bench.fixture.maxId('last')).toBe(LIMIT - 10n);
      const last = await bench.lease('last', 10);
      expect(last).toMatchObject({ start: LIMIT - 10n, end: LIMIT });
      await expect(bench.lease('last', 1)).rejects.toMatchObject({ code: 'KEY_EXHAUSTED' });
      expect(await bench.giveBack(last, LIMIT - 4n)).toBe(4);
      expect(await bench.range('last', 4)).toEqual([LIMIT - 4n, LIMIT]);
    });
  });

  describe('a repeated request', () => {
    it('gets the same lease from any node, and moves nothing', async () => {
      await bench.fixture.put('again', {});
      const first = await bench.lease('again', 50, 'r-1');
      await bench.allocate('again', 10);
      expect(await bench.lease('again', 50, 'r-1', 1)).toEqual(first);
      expect(await bench.fixture.maxId('again')).toBe(61n);
      expect(await bench.lease('again', 50, 'r-2')).toMatchObject({ start: 61n, end: 111n });
    });

    it('that comes many times at once gets one lease', async () => {
      await bench.fixture.put('storm', {});
      const given = await Promise.all(
        Array.from({ length: 20 }, (_, i) => bench.lease('storm', 50, 'r', i)),
      );
      expect(new Set(given.map(({ leaseId }) => leaseId)).size).toBe(1);
      expect(await bench.fixture.maxId('storm')).toBe(51n);
    });

    it('of another size is a conflict, whether or not the lease was returned', async () => {
      await bench.fixture.put('conflict', {});
      const first = await bench.lease('conflict', 50, 'r');
      const conflict = { code: 'IDEMPOTENCY_CONFLICT' };
      await expect(bench.lease('conflict', 51, 'r', 1)).rejects.toMatchObject(conflict);
      await bench.giveBack(first, first.start);
      await expect(bench.lease('conflict', 49, 'r')).rejects.toMatchObject(conflict);
      expect(await bench.fixture.maxId('conflict')).toBe(1n);
    });

    it('never gets back what was returned', async () => {
      await bench.fixture.put('returned', {});
      const first = await bench.lease('returned', 50, 'r');
      await bench.giveBack(first, first.end);
      await expect(bench.lease('returned', 50, 'r', 1)).rejects.toMatchObject({
        code: 'LEASE_RETURNED',
      });
    });

    it('is one only for the same key and the same bytes', async () => {
      await bench.fixture.put('one', {});
      await bench.fixture.put('two', {});
      const ids = ['r', 'R', 'r ', ' r', "r'", 'r\\', 'r%', 'r'.repeat(255)];
      const given = [];
      // oxlint-disable-next-line no-await-in-loop
      for (const id of ids) given.push((await bench.lease('one', 1, id)).start);
      expect(given).toEqual(ids.map((_, i) => BigInt(i + 1)));
      expect(await bench.lease('two', 9, 'r')).toMatchObject({ start: 1n, end: 10n });
    });

    it('finds a lease of an exhausted key', async () => {
      await bench.fixture.put('full', { maxId: LIMIT - 5n });
      const first = await bench.lease('full', 5, 'r');
      expect(await bench.lease('full', 5, 'r')).toEqual(first);
    });
  });
}
