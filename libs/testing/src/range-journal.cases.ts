import { describe, expect, it } from 'vitest';
import { TIMEOUT_MS, type ProvenStoreBench } from './proven-store-bench.js';

const DAY_MS = 24 * 3_600_000;

/** What is known of who got which range, where that is recorded. */
export function rangeJournalCases(bench: ProvenStoreBench): void {
  describe('the journal', () => {
    it('has who got a range, of which kind, and what became of it', async () => {
      await bench.fixture.put('who');
      const [own, lease] = [await bench.allocate('who', 10), await bench.lease('who', 10)];
      await bench.allocate('who', 10, 1);
      const [mine, other] = bench.fixture.holders;
      expect(await bench.journal('who', 10n)).toMatchObject({
        ranges: [{ kind: 'segment', start: 1n, end: 11n, holder: mine, state: 'open' }],
        maxId: 31n,
      });
      const { leaseId } = lease;
      const leased = { kind: 'lease', start: 11n, end: 21n, holder: mine, leaseId, state: 'open' };
      expect((await bench.journal('who', 20n)).ranges).toMatchObject([leased]);
      expect((await bench.journal('who', 21n)).ranges).toMatchObject([{ holder: other }]);
      expect((await bench.journal('who', 31n)).ranges).toEqual([]);
      await bench.return(lease, 15n, 1);
      await bench.giveBackTail('who', own, 5n);
      const returned = { state: 'returned', returnedFrom: 15n };
      expect((await bench.journal('who', 11n)).ranges).toMatchObject([returned]);
      expect((await bench.journal('who', 9n)).ranges).toMatchObject([{ returnedFrom: 5n }]);
      await bench.node().segments.takeFree('who', { floor: 1n, least: 1, size: 2 }, TIMEOUT_MS);
      expect((await bench.journal('who', 6n)).ranges).toMatchObject([
        { start: 5n, end: 7n, state: 'open' },
        { start: 1n, end: 11n, state: 'returned' },
      ]);
    });

    it('is told once what became of a range, and settles tails of several segments', async () => {
      await bench.fixture.put('settle');
      const [first, second] = [
        await bench.allocate('settle', 10),
        await bench.allocate('settle', 10),
      ];
      await bench.giveBack('settle', { start: 6n, end: 21n }, second.proof!.leases);
      expect((await bench.journal('settle', 6n)).ranges).toMatchObject([{ returnedFrom: 6n }]);
      expect((await bench.journal('settle', 20n)).ranges).toMatchObject([{ returnedFrom: 11n }]);
      expect(await bench.fixture.maxId('settle')).toBe(6n);
      const third = await bench.allocate('settle', 10);
      const { journal } = bench.node();
      await journal.settle('settle', third.start, 'used', undefined, TIMEOUT_MS);
      await journal.settle('settle', third.start, 'superseded', undefined, TIMEOUT_MS);
      await journal.settle('settle', first.start + 1n, 'used', undefined, TIMEOUT_MS);
      await bench.node(1).journal.settle('settle', 99n, 'used', undefined, TIMEOUT_MS);
      expect((await bench.journal('settle', 15n)).ranges[0]).toMatchObject({ state: 'used' });
    });

    it('has a lease that was voided or closed', async () => {
      await bench.fixture.put('leases');
      const refused = await bench.lease('leases', 10, { needsConfirmation: true });
      await bench.void(refused);
      const closed = await bench.lease('leases', 10);
      await bench.close(closed, 15n);
      expect((await bench.journal('leases', 1n)).ranges).toMatchObject([{ state: 'superseded' }]);
      expect((await bench.journal('leases', 11n)).ranges).toMatchObject([
        { state: 'returned', returnedFrom: 15n },
      ]);
    });

    it('knows since when it has no gap', async () => {
      await bench.fixture.put('gap');
      const since = async () => (await bench.journal('gap', 1n)).recordedSinceMs;
      expect(await since()).toBeUndefined();
      const first = await bench.allocate('gap', 10);
      const began = (await since())!;
      expect(began).toBeGreaterThan(0);
      await bench.allocate('gap', 10, 1);
      const lease = await bench.lease('gap', 10);
      await bench.return(lease, 25n);
      await bench.giveBackTail('gap', first, 5n);
      await bench.node().segments.takeFree('gap', { floor: 1n, least: 1, size: 5 }, TIMEOUT_MS);
      const last = await bench.allocate('gap', 10);
      await bench.giveBackTail('gap', last, last.start + 1n);
      await bench.allocate('gap', 10, 1);
      expect(await since()).toBe(began);
      const { silent } = bench.fixture;
      const unrecorded = [
        () => bench.fixture.leafTakes('gap', 10),
        () => silent.segments.takeFree('gap', { floor: 1n, least: 1, size: 1 }, TIMEOUT_MS),
        () => silent.segments.allocate('gap', 1, TIMEOUT_MS),
      ];
      const tail = await bench.allocate('gap', 10);
      await bench.allocate('gap', 10);
      await bench.giveBack('gap', tail);
      let newest = began;
      for (const each of unrecorded) {
        // oxlint-disable-next-line no-await-in-loop
        await bench.fixture.tick();
        // oxlint-disable-next-line no-await-in-loop
        await each();
        // oxlint-disable-next-line no-await-in-loop
        expect(await since()).toBeUndefined();
        // oxlint-disable-next-line no-await-in-loop
        await bench.allocate('gap', 10);
        // oxlint-disable-next-line no-await-in-loop
        const now = (await since())!;
        expect(now).toBeGreaterThan(newest);
        newest = now;
      }
      await bench.heal('gap', { to: 1n, seenLeases: 100n });
      expect(await since()).toBeUndefined();
    });

    it('forgets old ranges, then says so, and keeps events for longer', async () => {
      await bench.fixture.put('old');
      await bench.allocate('old', 10);
      await bench.heal('old', { to: 20n, seenLeases: 5n });
      await bench.fixture.makeJournalOlder(2 * DAY_MS);
      await bench.allocate('old', 10);
      const { journal } = bench.node();
      while ((await journal.prune(DAY_MS, 3, TIMEOUT_MS)) > 0);
      const { ranges, events } = await bench.journal('old', 5n);
      expect(ranges).toEqual([]);
      expect(events).toEqual([]);
      expect((await bench.journal('old', 15n)).events).toMatchObject([{ kind: 'rewind' }]);
      expect((await bench.journal('old', 20n)).ranges).toMatchObject([{ state: 'open' }]);
      await bench.fixture.makeJournalOlder(9 * DAY_MS);
      expect(await journal.prune(DAY_MS, 100, TIMEOUT_MS)).toBeGreaterThan(1);
      expect(await bench.journal('old', 15n)).toMatchObject({ ranges: [], events: [] });
    });
  });
}

export function noJournalCases(bench: ProvenStoreBench): void {
  it('records no range where no journal is kept', async () => {
    await bench.fixture.put('unrecorded');
    await bench.allocate('unrecorded', 10);
    expect(await bench.journal('unrecorded', 5n)).toEqual({
      ranges: [],
      events: [],
      recordedSinceMs: undefined,
      maxId: 11n,
    });
  });
}
