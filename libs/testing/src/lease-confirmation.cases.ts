import { describe, expect, it } from 'vitest';
import { pair, type ProvenStoreBench } from './proven-store-bench.js';

/** Leases that a witness has its part in. */
export function leaseConfirmationCases(bench: ProvenStoreBench): void {
  describe('a lease that needs to be confirmed', () => {
    const wish = { requestId: 'r', needsConfirmation: true };

    it('is found again as it is, before and after', async () => {
      await bench.fixture.put('found');
      const first = await bench.lease('found', 10, wish);
      expect(first).toMatchObject({ start: 1n, end: 11n, isConfirmed: false, isFromFree: false });
      expect(first.proof).toEqual({ leases: 1n, epoch: 1n, isKnownServer: true });
      const { proof: _, ...record } = first;
      expect(await bench.lease('found', 10, { ...wish, of: 1 })).toEqual(record);
      expect(await bench.confirm(first, 1)).toBe(true);
      expect(await bench.confirm(first)).toBe(true);
      expect(await bench.lease('found', 10, wish)).toEqual({ ...record, isConfirmed: true });
      expect(await bench.void(first)).toBe(false);
    });

    it('makes room for another one once it is void, and its ids are lost', async () => {
      await bench.fixture.put('void');
      const first = await bench.lease('void', 10, wish);
      expect(await bench.void(first, 1)).toBe(true);
      expect(await bench.void(first)).toBe(false);
      expect(await bench.confirm(first)).toBe(false);
      const second = await bench.lease('void', 20, wish);
      expect(pair(second)).toEqual([11n, 31n]);
      expect(second.leaseId).not.toBe(first.leaseId);
    });

    it('cannot be returned before: nobody has it', async () => {
      await bench.fixture.put('early');
      const first = await bench.lease('early', 10, wish);
      const notFound = { code: 'LEASE_NOT_FOUND' };
      await expect(bench.return(first, 1n)).rejects.toMatchObject(notFound);
      await expect(bench.close(first, 1n)).rejects.toMatchObject(notFound);
      await bench.confirm(first);
      expect(await bench.return(first, 1n)).toBe(10);
    });

    it.each<[string, (bigint | undefined)[], bigint | undefined]>([
      ['one', [2n ** 62n + 1n], 2n ** 62n + 1n],
      ['one, repeated', [7n, 7n], 7n],
      ['none', [undefined, undefined], undefined],
      ['none, and then one', [undefined, 7n], undefined],
      ['one, and then none', [7n, undefined], undefined],
      ['two that differ', [7n, 8n], undefined],
      ['two that differ, and one of them again', [7n, 8n, 8n], undefined],
    ])('keeps the claim that all have it from: %s', async (key, claims, kept) => {
      await bench.fixture.put(key);
      const first = await bench.lease(key, 10, wish);
      for (const [of, claim] of claims.entries()) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        expect(await bench.confirm(first, of, claim)).toBe(true);
      }
      expect(await bench.close(first, 4n)).toEqual({
        key,
        start: 4n,
        end: 11n,
        claim: kept,
      });
    });

    it('says whether its ids were returned before', async () => {
      await bench.fixture.put('free');
      const first = await bench.lease('free', 10);
      await bench.lease('free', 10);
      await bench.return(first, 1n);
      const second = await bench.lease('free', 10, wish);
      expect(second).toMatchObject({ start: 1n, isFromFree: true, isConfirmed: false });
      expect(await bench.lease('free', 10, wish)).toMatchObject({ isFromFree: true });
      expect(await bench.lease('free', 10)).toMatchObject({ isFromFree: false, isConfirmed: true });
    });
  });

  describe('a return in two steps', () => {
    it('ends the lease once, and then puts back what it had left', async () => {
      await bench.fixture.put('steps');
      const first = await bench.lease('steps', 100, { requestId: 'r' });
      const left = await bench.close(first, 41n);
      expect(left).toEqual({ key: 'steps', start: 41n, end: 101n, claim: undefined });
      expect(await bench.fixture.maxId('steps')).toBe(101n);
      const returned = { code: 'LEASE_RETURNED' };
      await expect(bench.close(first, 41n, 1)).rejects.toMatchObject(returned);
      await expect(bench.return(first, 41n)).rejects.toMatchObject(returned);
      await expect(bench.lease('steps', 100, { requestId: 'r' })).rejects.toMatchObject(returned);
      expect(await bench.giveBack('steps', left)).toBe(60);
      expect(pair(await bench.lease('steps', 60))).toEqual([41n, 101n]);
    });

    it('is refused outside of the lease', async () => {
      await bench.fixture.put('outside');
      const first = await bench.lease('outside', 10);
      await expect(bench.close(first, 12n)).rejects.toMatchObject({ code: 'BODY_INVALID' });
      expect(await bench.close(first, 11n)).toMatchObject({ start: 11n, end: 11n });
    });
  });
}
