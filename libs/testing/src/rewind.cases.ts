import { describe, expect, it } from 'vitest';
import { LEASES_OF_A_HEAL, MAX_ID_LIMIT } from '#core';
import { atOnce, type ProvenStoreBench } from './proven-store-bench.js';

/** How a store shows that it went back in time, and what is done about it. */
export function rewindCases(bench: ProvenStoreBench): void {
  describe('a proof', () => {
    it('counts the ranges of a key, of whatever kind, over all nodes', async () => {
      await bench.fixture.put('counted');
      await bench.fixture.put('other');
      const proof = { leases: 1n, epoch: 1n, isKnownServer: true };
      expect((await bench.allocate('counted', 10)).proof).toEqual(proof);
      expect((await bench.lease('counted', 10)).proof).toEqual({ ...proof, leases: 2n });
      expect((await bench.allocate('counted', 10, 1)).proof).toEqual({ ...proof, leases: 3n });
      expect((await bench.allocate('other', 10)).proof).toEqual(proof);
    });

    it('counts each of many at once', async () => {
      await bench.fixture.put('many');
      const given = await atOnce(20, (of) => bench.allocate('many', 3, of));
      const seen = given.map(({ proof }) => proof!.leases);
      expect(Math.max(...seen.map(Number))).toBe(20);
      // Its own range is counted: none can show fewer than there were given up to it.
      const ordered = given.toSorted((a, b) => (a.start < b.start ? -1 : 1));
      expect(ordered.every(({ proof }) => proof!.leases >= 1n)).toBe(true);
      expect((await bench.allocate('many', 1)).proof?.leases).toBe(21n);
    });

    it('has fewer leases once a backup was put back', async () => {
      await bench.fixture.put('backup');
      await bench.allocate('backup', 10);
      const restore = await bench.fixture.save();
      const last = await bench.allocate('backup', 10);
      expect(last.proof?.leases).toBe(2n);
      await restore();
      const again = await bench.allocate('backup', 10);
      expect(again).toMatchObject({ start: last.start, end: last.end });
      expect(again.proof!.leases).toBeLessThanOrEqual(last.proof!.leases);
    });
  });

  describe('a heal', () => {
    it('moves the key beyond what was given, with a margin, and drops its free ranges', async () => {
      await bench.fixture.put('healed', { step: 10 });
      const [first] = [await bench.allocate('healed', 50), await bench.allocate('healed', 5)];
      await bench.giveBackTail('healed', first, 41n);
      const order = { to: 1_000n, seenLeases: 7n, marginSteps: 3 };
      expect(await bench.heal('healed', order)).toEqual({ maxId: 1_150n, healed: true });
      expect(await bench.fixture.maxId('healed')).toBe(1_150n);
      expect(await bench.free('healed', 1n, 50)).toBeUndefined();
      const { start, proof } = await bench.allocate('healed', 10);
      expect(start).toBe(1_150n);
      expect(proof?.leases).toBe(7n + LEASES_OF_A_HEAL + 1n);
    });

    it('happens once over ten nodes at once', async () => {
      await bench.fixture.put('once', { step: 10 });
      await bench.allocate('once', 20);
      const order = { to: 100n, seenLeases: 5n, marginSteps: 16 };
      const done = await atOnce(10, (of) => bench.heal('once', order, of));
      expect(done.filter(({ healed }) => healed)).toHaveLength(1);
      expect(done.every(({ maxId }) => maxId === 420n)).toBe(true);
      expect(await bench.fixture.maxId('once')).toBe(420n);
      const { events } = await bench.journal('once', 50n);
      expect(events).toMatchObject([
        { kind: 'rewind', start: 21n, end: 420n, holder: 'healer', reason: 'it went back' },
      ]);
    });

    it('is due again where the counter is below what somebody else has seen', async () => {
      await bench.fixture.put('again', { step: 10 });
      await bench.allocate('again', 10);
      await bench.heal('again', { to: 100n, seenLeases: 5n });
      expect(await bench.heal('again', { to: 90n, seenLeases: 6n })).toEqual({
        maxId: 100n,
        healed: false,
      });
      expect(await bench.heal('again', { to: 300n, seenLeases: 5n })).toEqual({
        maxId: 300n,
        healed: true,
      });
      const { events } = await bench.journal('again', 100n);
      expect(events).toMatchObject([{ start: 100n, end: 300n }]);
    });

    it('ends with the 63-bit space, and needs a key', async () => {
      await bench.fixture.put('end', { maxId: MAX_ID_LIMIT - 5n });
      const order = { to: 1n, seenLeases: 0n, marginSteps: 16 };
      expect(await bench.heal('end', order)).toEqual({ maxId: MAX_ID_LIMIT, healed: true });
      await expect(bench.heal('nobody', order)).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
    });
  });
}

/** These change the server on record, so they come last. */
export function serverCases(bench: ProvenStoreBench): void {
  describe('another server', () => {
    it('is known once one of ten nodes at once has taken it for the one on record', async () => {
      await bench.fixture.put('server');
      expect(await bench.acceptServer(0)).toBe(false);
      await bench.fixture.forgetServer();
      const before = await bench.allocate('server', 10);
      expect(before.proof).toMatchObject({ epoch: 1n, isKnownServer: false });
      const accepted = await atOnce(10, (of) => bench.acceptServer(0, 1n, of));
      expect(accepted.filter(Boolean)).toHaveLength(1);
      const after = await bench.allocate('server', 10);
      expect(after).toMatchObject({ start: 11n, proof: { leases: 2n, isKnownServer: true } });
      expect(after.proof!.epoch).toBeGreaterThan(before.proof!.epoch);
      const { events } = await bench.journal('server', 11n);
      expect(events).toMatchObject([
        { kind: 'server', holder: 'acceptor', start: 11n, end: MAX_ID_LIMIT },
      ]);
      expect(await bench.journal('server', 10n)).toMatchObject({ events: [] });
    });

    it('with an epoch below one that was seen is taken anew, above it', async () => {
      await bench.fixture.put('epoch');
      const { proof } = await bench.allocate('epoch', 1);
      expect(await bench.acceptServer(0, proof!.epoch)).toBe(false);
      expect(await bench.acceptServer(0, proof!.epoch + 5n)).toBe(true);
      expect(await bench.acceptServer(0, proof!.epoch + 5n)).toBe(false);
      expect((await bench.allocate('epoch', 1)).proof!.epoch).toBe(proof!.epoch + 6n);
    });

    it('moves every key by a margin where nothing proves its ranges, at once and once', async () => {
      await bench.fixture.put('small', { step: 10, maxId: 0n });
      await bench.fixture.put('large', { step: 10 });
      await bench.fixture.put('full', { step: 10, maxId: MAX_ID_LIMIT - 100n });
      const tail = await bench.allocate('large', 1_000);
      await bench.allocate('large', 5);
      await bench.giveBackTail('large', tail, 500n);
      await bench.fixture.forgetServer();
      const accepted = await atOnce(10, (of) => bench.acceptServer(16, 0n, of));
      expect(accepted.filter(Boolean)).toHaveLength(1);
      expect(await bench.fixture.maxId('small')).toBe(161n);
      expect(await bench.fixture.maxId('large')).toBe(1_006n + 16_000n);
      expect(await bench.fixture.maxId('full')).toBe(MAX_ID_LIMIT);
      expect(await bench.free('large', 1n, 5)).toBeUndefined();
      expect((await bench.allocate('large', 5)).proof!.leases).toBeGreaterThan(LEASES_OF_A_HEAL);
      const { events } = await bench.journal('large', 1_006n);
      expect(events).toMatchObject([{ kind: 'server', start: 1_006n, end: 17_006n }]);
    });
  });
}
