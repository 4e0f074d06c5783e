import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RangeLeaseBench } from './range-lease-bench.js';

/** What becomes of ids that were not used. */
export function returnCases(bench: RangeLeaseBench): void {
  describe('a return', () => {
    it('sets the counter back where nothing was given above', async () => {
      await bench.fixture.put('back', {});
      const first = await bench.lease('back', 100);
      expect(await bench.giveBack(first, 41n, 'back', 1)).toBe(60);
      expect(await bench.fixture.maxId('back')).toBe(41n);
      expect(await bench.range('back', 100)).toEqual([41n, 141n]);
    });

    it('is the next range leased where something was given above', async () => {
      await bench.fixture.put('next', {});
      const first = await bench.lease('next', 100);
      await bench.allocate('next', 10);
      expect(await bench.giveBack(first, 41n)).toBe(60);
      expect(await bench.fixture.maxId('next')).toBe(111n);
      expect(await bench.range('next', 60, 1)).toEqual([41n, 101n]);
      expect(await bench.range('next', 60)).toEqual([111n, 171n]);
    });

    it('is cut up for smaller leases, and left alone by larger ones', async () => {
      await bench.fixture.put('cut', {});
      const first = await bench.lease('cut', 100);
      await bench.allocate('cut', 10);
      await bench.giveBack(first, 1n);
      expect(await bench.range('cut', 101)).toEqual([111n, 212n]);
      expect(await bench.range('cut', 30)).toEqual([1n, 31n]);
      expect(await bench.range('cut', 70)).toEqual([31n, 101n]);
      expect(await bench.range('cut', 1)).toEqual([212n, 213n]);
    });

    it('goes to whom it fits best', async () => {
      await bench.fixture.put('fit', {});
      const large = await bench.lease('fit', 100);
      await bench.allocate('fit', 1);
      const small = await bench.lease('fit', 20);
      await bench.allocate('fit', 1);
      await bench.giveBack(large, large.start);
      await bench.giveBack(small, small.start);
      expect(await bench.range('fit', 20)).toEqual([102n, 122n]);
      expect(await bench.range('fit', 20)).toEqual([1n, 21n]);
    });

    it('can itself be returned in part', async () => {
      await bench.fixture.put('twice', {});
      const first = await bench.lease('twice', 100);
      await bench.allocate('twice', 1);
      await bench.giveBack(first, 51n);
      const second = await bench.lease('twice', 50);
      expect(second.start).toBe(51n);
      expect(await bench.giveBack(second, 76n)).toBe(25);
      expect(await bench.range('twice', 25)).toEqual([76n, 101n]);
    });

    it('of nothing ends the lease', async () => {
      await bench.fixture.put('none', {});
      const first = await bench.lease('none', 10);
      expect(await bench.giveBack(first, 11n)).toBe(0);
      await expect(bench.giveBack(first, 5n)).rejects.toMatchObject({ code: 'LEASE_RETURNED' });
      expect(await bench.fixture.maxId('none')).toBe(11n);
    });

    it('counts once, also when it comes many times at once', async () => {
      await bench.fixture.put('once', {});
      const first = await bench.lease('once', 100);
      const settled = await Promise.allSettled(
        Array.from({ length: 10 }, (_, i) => bench.giveBack(first, BigInt(1 + i), undefined, i)),
      );
      const done = settled.filter(({ status }) => status === 'fulfilled');
      expect(done).toHaveLength(1);
      for (const each of settled) {
        if (each.status === 'rejected')
          expect(each.reason).toMatchObject({ code: 'LEASE_RETURNED' });
      }
      const [given] = await bench.range('once', 100);
      expect(settled[Number(given) - 1]!.status).toBe('fulfilled');
    });

    it('is refused outside of the lease, and changes nothing', async () => {
      await bench.fixture.put('outside', { maxId: 100n });
      const first = await bench.lease('outside', 10);
      for (const from of [1n, 99n, 111n, 2n ** 64n]) {
        // oxlint-disable-next-line no-await-in-loop
        await expect(bench.giveBack(first, from)).rejects.toMatchObject({ code: 'BODY_INVALID' });
      }
      expect(await bench.giveBack(first, 110n)).toBe(0);
    });

    it('is refused for a lease that is not there, or of another key', async () => {
      await bench.fixture.put('mine', {});
      const first = await bench.lease('mine', 10);
      const unknown = { code: 'LEASE_NOT_FOUND' };
      await expect(bench.giveBack(first, 1n, 'other')).rejects.toMatchObject(unknown);
      for (const leaseId of [
        randomUUID(),
        'x',
        '',
        "' OR 1=1 -- ",
        'é'.repeat(20),
        'x'.repeat(99),
      ]) {
        // oxlint-disable-next-line no-await-in-loop
        await expect(bench.giveBack({ ...first, leaseId }, 1n)).rejects.toMatchObject(unknown);
      }
      expect(await bench.giveBack(first, 1n, 'mine')).toBe(10);
    });
  });

  describe('a counter that was set back by hand', () => {
    it('takes no tail from before: it will give these ids by itself', async () => {
      await bench.fixture.put('reset', { maxId: 1_000n });
      const [first, second] = [await bench.lease('reset', 10), await bench.lease('reset', 10)];
      await bench.giveBack(first, 1_000n);
      await bench.fixture.put('reset', { maxId: 1n });
      expect(await bench.giveBack(second, 1_010n)).toBe(0);
      expect(await bench.range('reset', 10)).toEqual([1n, 11n]);
      expect(await bench.fixture.maxId('reset')).toBe(11n);
      await bench.fixture.put('reset', { maxId: 2_000n });
      expect(await bench.range('reset', 10)).toEqual([2_000n, 2_010n]);
    });

    it('nor one of a key that was deleted', async () => {
      await bench.fixture.put('deleted', {});
      const first = await bench.lease('deleted', 10);
      await bench.fixture.remove('deleted');
      expect(await bench.giveBack(first, 5n)).toBe(0);
      expect(await bench.fixture.maxId('deleted')).toBeUndefined();
    });
  });
}
