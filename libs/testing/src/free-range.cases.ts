import { describe, expect, it } from 'vitest';
import type { Allocation, SegmentRange } from '#core';
import { atOnce, pair, TIMEOUT_MS, type ProvenStoreBench } from './proven-store-bench.js';
import { expectDisjoint } from './range-lease-load.js';

/** What becomes of tails that nodes give back. */
export function freeRangeCases(bench: ProvenStoreBench): void {
  describe('a tail', () => {
    it('sets the counter back where nothing was given since', async () => {
      await bench.fixture.put('top');
      const first = await bench.allocate('top', 100);
      expect(await bench.giveBackTail('top', first, 41n)).toBe(60);
      expect(await bench.fixture.maxId('top')).toBe(41n);
      expect(await bench.range('top', 10, 1)).toEqual([41n, 51n]);
    });

    it('becomes a free range where something was given since', async () => {
      await bench.fixture.put('below');
      const first = await bench.allocate('below', 100);
      await bench.allocate('below', 10, 1);
      expect(await bench.giveBackTail('below', first, 41n)).toBe(60);
      expect(await bench.fixture.maxId('below')).toBe(111n);
      expect(await bench.free('below', 1n, 1_000)).toEqual([41n, 101n]);
      expect(await bench.free('below', 1n, 1_000)).toBeUndefined();
    });

    it('does not set back a counter that has come round to its end', async () => {
      await bench.fixture.put('round');
      const first = await bench.allocate('round', 100);
      const second = await bench.lease('round', 50);
      expect(await bench.return(second, second.start)).toBe(50);
      expect(await bench.fixture.maxId('round')).toBe(101n);
      expect(await bench.giveBackTail('round', first, 41n)).toBe(60);
      expect(await bench.fixture.maxId('round')).toBe(101n);
      expect(await bench.free('round', 1n, 1_000)).toEqual([41n, 101n]);
    });

    it('is only a free range without a proof', async () => {
      await bench.fixture.put('unproven');
      const { start, end } = await bench.allocate('unproven', 100);
      expect(await bench.giveBack('unproven', { start, end })).toBe(100);
      expect(await bench.fixture.maxId('unproven')).toBe(101n);
      expect(await bench.free('unproven', 1n, 40)).toEqual([1n, 41n]);
    });

    it('stays below what a Leaf has taken since', async () => {
      await bench.fixture.put('leaf');
      const first = await bench.allocate('leaf', 100);
      await bench.fixture.leafTakes('leaf', 10);
      expect(await bench.giveBackTail('leaf', first, 41n)).toBe(60);
      expect(await bench.fixture.maxId('leaf')).toBe(111n);
      expect(await bench.range('leaf', 10)).toEqual([111n, 121n]);
      expect(await bench.free('leaf', 1n, 100)).toEqual([41n, 101n]);
    });

    it('is lost where the counter is below it, or the key is gone, or nothing is left', async () => {
      await bench.fixture.put('lost', { maxId: 500n });
      const first = await bench.allocate('lost', 100);
      await bench.fixture.put('lost', { maxId: 550n });
      expect(await bench.giveBackTail('lost', first, 541n)).toBe(0);
      expect(await bench.fixture.maxId('lost')).toBe(550n);
      expect(await bench.free('lost', 1n, 100)).toBeUndefined();
      expect(await bench.giveBack('nobody', { start: 1n, end: 9n }, 1n)).toBe(0);
      expect(await bench.giveBack('lost', { start: 9n, end: 9n }, 1n)).toBe(0);
    });

    it('is lost where the store has gone back in time since', async () => {
      await bench.fixture.put('past');
      const restore = await bench.fixture.save();
      const first = await bench.allocate('past', 100);
      await restore();
      await bench.fixture.leafTakes('past', 500);
      expect(await bench.giveBackTail('past', first, 41n)).toBe(0);
      await bench.heal('past', { to: 501n, seenLeases: 1n });
      expect(await bench.giveBackTail('past', first, 41n)).toBe(0);
      expect(await bench.free('past', 1n, 100)).toBeUndefined();
    });
  });

  describe('a free range', () => {
    it('is taken from the lowest on, in pieces, and never below the floor', async () => {
      await bench.fixture.put('floor');
      const [low, middle, high] = [
        await bench.allocate('floor', 100),
        await bench.allocate('floor', 100),
        await bench.allocate('floor', 100),
      ];
      await bench.allocate('floor', 1);
      for (const each of [high, low, middle]) {
        // oxlint-disable-next-line no-await-in-loop
        await bench.giveBackTail('floor', each, each.start + 50n);
      }
      expect(await bench.free('floor', 52n, 30)).toEqual([151n, 181n]);
      expect(await bench.free('floor', 151n, 30, 1)).toEqual([181n, 201n]);
      expect(await bench.free('floor', 252n, 30)).toBeUndefined();
      expect(await bench.free('floor', 1n, 100)).toEqual([51n, 101n]);
      expect(await bench.free('floor', 1n, 100)).toEqual([251n, 301n]);
      expect(await bench.fixture.maxId('floor')).toBe(302n);
    });

    it('is passed over where it is too small, and stays for others', async () => {
      await bench.fixture.put('little');
      const [low, high] = [await bench.allocate('little', 20), await bench.allocate('little', 20)];
      await bench.allocate('little', 1);
      await bench.giveBackTail('little', low, 17n);
      await bench.giveBackTail('little', high, 32n);
      expect(await bench.free('little', 1n, 20, 0, 10)).toBeUndefined();
      expect(await bench.free('little', 1n, 5, 0, 5)).toEqual([32n, 37n]);
      expect(await bench.free('little', 1n, 20, 0, 4)).toEqual([17n, 21n]);
      expect(await bench.free('little', 1n, 20, 0, 4)).toEqual([37n, 41n]);
    });

    it('is one with those that it touches', async () => {
      await bench.fixture.put('pieces');
      const pieces = [];
      for (let i = 0; i < 4; i++) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        pieces.push(await bench.allocate('pieces', 10));
      }
      await bench.allocate('pieces', 1);
      const [first, second, third, fourth] = pieces as [
        Allocation,
        Allocation,
        Allocation,
        Allocation,
      ];
      await bench.giveBack('pieces', third);
      await bench.giveBack('pieces', first);
      expect(await bench.free('pieces', 1n, 20, 0, 11)).toBeUndefined();
      await bench.giveBack('pieces', second);
      await bench.giveBackTail('pieces', fourth, 36n);
      expect(await bench.free('pieces', 1n, 25)).toEqual([1n, 26n]);
      const lease = await bench.lease('pieces', 5);
      expect([lease.start, lease.end]).toEqual([26n, 31n]);
      expect(await bench.return(lease, 27n)).toBe(4);
      expect(await bench.free('pieces', 1n, 25)).toEqual([27n, 31n]);
      expect(await bench.free('pieces', 1n, 25)).toEqual([36n, 41n]);
    });

    it.each([
      ['a tail', 21n],
      ['all of it', 11n],
      ['more', 1n],
    ])('is lost with all others of its key where it is returned again: %s', async (_, again) => {
      const key = `again-${again}`;
      await bench.fixture.put(key);
      const [range, other] = [await bench.allocate(key, 30), await bench.allocate(key, 10)];
      await bench.allocate(key, 1);
      await bench.giveBackTail(key, other, 35n);
      await bench.giveBackTail(key, range, 11n);
      expect(await bench.giveBackTail(key, range, again)).toBe(0);
      expect(await bench.free(key, 1n, 30)).toBeUndefined();
    });

    it('is lost where the same ids are a lease that is returned', async () => {
      await bench.fixture.put('both');
      const lease = await bench.lease('both', 30);
      await bench.allocate('both', 1);
      await bench.giveBack('both', { start: 21n, end: 31n });
      expect(await bench.return(lease, 11n)).toBe(0);
      expect(await bench.free('both', 1n, 30)).toBeUndefined();
      await expect(bench.return(lease, 11n)).rejects.toMatchObject({ code: 'LEASE_RETURNED' });
    });

    it('counts as a range that was given', async () => {
      await bench.fixture.put('count');
      const first = await bench.allocate('count', 100);
      await bench.allocate('count', 10);
      await bench.giveBackTail('count', first, 41n);
      const taken = await bench
        .node()
        .segments.takeFree('count', { floor: 1n, least: 1, size: 10 }, TIMEOUT_MS);
      expect(taken?.proof).toEqual({ leases: 3n, epoch: 1n, isKnownServer: true });
      expect((await bench.allocate('count', 1)).proof?.leases).toBe(4n);
    });

    it('is dropped with all others of its key where one lies beyond the counter', async () => {
      await bench.fixture.put('beyond');
      const [low, high] = [await bench.allocate('beyond', 10), await bench.allocate('beyond', 10)];
      await bench.allocate('beyond', 10);
      await bench.giveBack('beyond', low);
      await bench.giveBack('beyond', high);
      await bench.fixture.put('beyond', { maxId: 15n });
      expect(await bench.free('beyond', 1n, 5)).toBeUndefined();
      expect(await bench.range('beyond', 100)).toEqual([15n, 115n]);
      expect(await bench.free('beyond', 1n, 5)).toBeUndefined();
    });

    it('is forgotten with the others of its key, and no other key', async () => {
      for (const key of ['dropped', 'kept']) {
        // oxlint-disable-next-line no-await-in-loop
        await bench.fixture.put(key);
        // oxlint-disable-next-line no-await-in-loop
        await bench.giveBack(key, await bench.allocate(key, 10));
      }
      await bench.node().segments.dropFree('dropped', TIMEOUT_MS);
      expect(await bench.free('dropped', 1n, 10)).toBeUndefined();
      expect(await bench.free('kept', 1n, 10)).toEqual([1n, 11n]);
      expect(await bench.free('nobody', 1n, 10)).toBeUndefined();
    });
  });

  it('gives no id twice to nodes that take, give back and lease at once, beside a Leaf', async () => {
    await bench.fixture.put('busy', { step: 5 });
    const used: SegmentRange[] = [];
    const order = { floor: 1n, least: 2, size: 7 };
    await atOnce(6, async (of) => {
      for (let round = 0; round < 8; round++) {
        // oxlint-disable-next-line no-await-in-loop -- a node's sequence
        const free = await bench.node(of).segments.takeFree('busy', order, TIMEOUT_MS);
        // oxlint-disable-next-line no-await-in-loop
        const range = free ?? (await bench.allocate('busy', 10, of));
        const from = range.start + BigInt((of + round) % 8);
        const until = from < range.end ? from : range.end;
        used.push({ start: range.start, end: until });
        // oxlint-disable-next-line no-await-in-loop
        await bench.giveBackTail('busy', range, until, of);
        // oxlint-disable-next-line no-await-in-loop
        if (round % 4 === of % 4) await bench.fixture.leafTakes('busy', 3);
        // oxlint-disable-next-line no-await-in-loop
        used.push(await bench.lease('busy', 3, { of }));
      }
    });
    expectDisjoint(used);
    expect(used).toHaveLength(96);
    const rest = await bench.allocate('busy', 1);
    expect(used.every(({ end }) => end <= rest.start)).toBe(true);
    expect(pair(rest)[0]).toBeGreaterThan(1n);
  });
}
