import { describe, expect, it } from 'vitest';
import { LEASE_RECORD_MS, RangeLeases, systemClock, systemScheduler, type Witness } from '#core';
import { memoryGuard, MemoryRangeLeaseStore, MemorySegmentStore, MemoryWitness } from '#testing';

function setup(witness?: Witness) {
  const keys = new MemorySegmentStore();
  keys.put('order');
  const store = new MemoryRangeLeaseStore(keys);
  const failures: unknown[] = [];
  let names = 0;
  const leases = new RangeLeases(
    { maxSize: 1_000, deadlineMs: 2_000 },
    {
      store,
      keys,
      guard: memoryGuard({ store: keys, ...(witness && { witness }) }),
      clock: systemClock,
      scheduler: systemScheduler,
      newLeaseId: () => `l${++names}`,
      onPruneFailed: (error) => failures.push(error),
    },
  );
  return { keys, store, leases, failures };
}

describe('a range lease', () => {
  it('is made of decimal strings, and given again to the same request', async () => {
    const { leases, keys } = setup();
    keys.put('large', { maxId: 2n ** 60n + 1n });
    const lease = await leases.leaseRange('large', 3, 'r');
    expect(lease).toEqual({
      key: 'large',
      start: '1152921504606846977',
      end: '1152921504606846980',
      leaseId: 'l1',
    });
    expect(await leases.leaseRange('large', 3, 'r')).toEqual(lease);
    expect(await leases.returnRange('l1', '1152921504606846978')).toEqual({ returned: 2 });
  });

  it('whose answer was lost is leased anew by a second call, as nothing speaks for it any more', async () => {
    const { leases, keys, store } = setup();
    store.faults.loseReplyNext();
    await expect(leases.leaseRange('order', 10, 'r')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    const lease = await leases.leaseRange('order', 10, 'r');
    expect(lease).toMatchObject({ start: '11', end: '21' });
    expect(await leases.leaseRange('order', 10, 'r')).toEqual(lease);
    expect(keys.maxId('order')).toBe(21n);
  });

  it.each([
    [['', 1], 'KEY_INVALID'],
    [['order', 0], 'SIZE_INVALID'],
    [['order', 1_001], 'SIZE_INVALID'],
    [['order', 1.5], 'SIZE_INVALID'],
    [['order', '5'], 'SIZE_INVALID'],
    [['order', 1, ''], 'REQUEST_INVALID'],
    [['order', 1, 'x'.repeat(256)], 'REQUEST_INVALID'],
    [['order', 1, 'a\nb'], 'REQUEST_INVALID'],
    [['order', 1, ' a'], 'REQUEST_INVALID'],
    [['order', 1, 'a '], 'REQUEST_INVALID'],
    [['order', 1, ' '], 'REQUEST_INVALID'],
    [['order', 1, 7], 'REQUEST_INVALID'],
    [['order', 1, null], 'REQUEST_INVALID'],
  ])('of %j is refused before the store is asked', async (args, code) => {
    const { leases, keys } = setup();
    const lease = leases.leaseRange(...(args as [string, number, string]));
    await expect(lease).rejects.toMatchObject({ code });
    expect(keys.maxId('order')).toBe(1n);
  });
});

describe('a return', () => {
  it.each([
    [undefined, '1'],
    [7, '1'],
    ['', '1'],
    ['l1', undefined],
    ['l1', 1],
    ['l1', '0'],
    ['l1', '+1'],
    ['l1', '1.0'],
    ['l1', '12345678901234567890'],
  ])('of %j from %j is refused', async (leaseId, from) => {
    const { leases } = setup();
    await leases.leaseRange('order', 10);
    const back = leases.returnRange(leaseId as string, from as string);
    await expect(back).rejects.toMatchObject({ code: 'BODY_INVALID' });
  });

  it('is of the key that it names, if it names one', async () => {
    const { leases } = setup();
    await leases.leaseRange('order', 10);
    await expect(leases.returnRange('l1', '1', 'other')).rejects.toMatchObject({
      code: 'LEASE_NOT_FOUND',
    });
    await expect(leases.returnRange('l1', '1', ' ')).rejects.toMatchObject({ code: 'KEY_INVALID' });
    expect(await leases.returnRange('l1', '1', 'order')).toEqual({ returned: 10 });
  });
});

describe('old leases', () => {
  it('are deleted after the first lease of a node and after each fiftieth, twice as many', async () => {
    const { leases, store } = setup();
    const pruned: number[] = [];
    const prune = store.prune.bind(store);
    store.prune = async (limit, timeoutMs) => {
      const count = await prune(limit, timeoutMs);
      pruned.push(count);
      return count;
    };
    // oxlint-disable-next-line no-await-in-loop
    for (let i = 0; i < 250; i++) await leases.leaseRange('order', 1);
    await expect.poll(() => pruned).toEqual([0, 0, 0, 0, 0]);
    store.nowMs += LEASE_RECORD_MS + 1;
    // oxlint-disable-next-line no-await-in-loop
    for (let i = 0; i < 150; i++) await leases.leaseRange('order', 1);
    await expect.poll(() => pruned.slice(5)).toEqual([100, 100, 50]);
  });

  it('that cannot be deleted are no concern of the caller', async () => {
    const { leases, store, failures } = setup();
    store.prune = () => Promise.reject(new Error('denied'));
    expect(await leases.leaseRange('order', 10)).toMatchObject({ start: '1' });
    await expect.poll(() => failures).toEqual([new Error('denied')]);
  });
});

describe('a range lease with a witness', () => {
  const claimed = (witness: MemoryWitness) => witness.state('order')!.mark;

  it('is claimed before it is handed out, and found again by a repetition', async () => {
    const witness = new MemoryWitness();
    const { leases } = setup(witness);
    const lease = await leases.leaseRange('order', 10, 'r');
    expect(claimed(witness)).toBe(11n);
    expect(await leases.leaseRange('order', 10, 'r')).toEqual(lease);
    expect(claimed(witness)).toBe(11n);
  });

  it('that was never handed out is claimed by the repetition', async () => {
    const witness = new MemoryWitness();
    const { leases, store } = setup(witness);
    store.faults.loseReplyNext();
    await expect(leases.leaseRange('order', 10, 'r')).rejects.toThrow('does not answer');
    expect(claimed(witness)).toBe(1n);
    expect(await leases.leaseRange('order', 10, 'r')).toMatchObject({ start: '1', leaseId: 'l1' });
    expect(claimed(witness)).toBe(11n);
  });

  it('that somebody has claimed is leased anew under the same request id, and that is no rewind', async () => {
    const witness = new MemoryWitness();
    const { leases, store, keys } = setup(witness);
    await leases.leaseRange('order', 1);
    // Answered by neither: the other node has claimed it and has not confirmed it.
    store.faults.loseReplyNext();
    await expect(leases.leaseRange('order', 10, 'r')).rejects.toThrow('does not answer');
    await witness.claim('order', { start: 2n, end: 12n }, 1n, 1_000);
    const lease = await leases.leaseRange('order', 10, 'r');
    expect(lease).toMatchObject({ start: '12', end: '22' });
    expect(await leases.leaseRange('order', 10, 'r')).toEqual(lease);
    expect(keys.calls.filter(({ method }) => method === 'heal')).toEqual([]);
  });

  it('of a store that went back moves on beyond what was given', async () => {
    const witness = new MemoryWitness();
    const { leases, keys } = setup(witness);
    const restore = keys.tables.save();
    await leases.leaseRange('order', 100);
    restore();
    // By 16 steps more, as it may not know of all that was given.
    expect(await leases.leaseRange('order', 10, 'r')).toMatchObject({ start: '16101' });
    expect(keys.calls.filter(({ method }) => method === 'heal')).toHaveLength(1);
  });

  it('is released before it is put back, and lost where that is not confirmed', async () => {
    const witness = new MemoryWitness();
    const { leases, keys } = setup(witness);
    const first = await leases.leaseRange('order', 10);
    expect(await leases.returnRange(first.leaseId, '4')).toEqual({ returned: 7 });
    const second = await leases.leaseRange('order', 7);
    expect(second).toMatchObject({ start: '4', end: '11' });
    witness.faults.failNext();
    expect(await leases.returnRange(second.leaseId, '6')).toEqual({ returned: 0 });
    expect(await leases.leaseRange('order', 7)).toMatchObject({ start: '11' });
    expect(keys.calls.filter(({ method }) => method === 'heal')).toEqual([]);
    await expect(leases.returnRange(second.leaseId, '6')).rejects.toMatchObject({
      code: 'LEASE_RETURNED',
    });
  });

  it('that is returned again, to a store that went back, opens nothing that others have by now', async () => {
    const witness = new MemoryWitness();
    const { leases, keys } = setup(witness);
    const first = await leases.leaseRange('order', 10);
    const restore = keys.tables.save();
    expect(await leases.returnRange(first.leaseId, '4')).toEqual({ returned: 7 });
    expect(await leases.leaseRange('order', 5)).toMatchObject({ start: '4', end: '9' });
    restore();
    expect(await leases.returnRange(first.leaseId, '4')).toEqual({ returned: 0 });
    expect(witness.state('order')?.holes).toMatchObject([{ start: 9n, end: 11n }]);
    expect(await leases.leaseRange('order', 5)).toMatchObject({ start: '16016' });
  });

  it('of a store that went back is not admitted when it is found again', async () => {
    const { leases, keys, store } = setup();
    const restore = keys.tables.save();
    const first = await leases.leaseRange('order', 10);
    restore();
    // It is leased again, and the node ends before it has found out.
    store.faults.loseReplyNext();
    await expect(leases.leaseRange('order', 10, 'r')).rejects.toThrow('does not answer');
    const again = await leases.leaseRange('order', 10, 'r');
    expect(BigInt(again.start)).toBeGreaterThanOrEqual(BigInt(first.end));
  });

  it('that was claimed by nobody is neither released nor put back', async () => {
    const witness = new MemoryWitness();
    const { leases, keys } = setup(witness);
    await leases.leaseRange('order', 10);
    witness.faults.down = true;
    const vouched = await leases.leaseRange('order', 10);
    witness.faults.down = false;
    expect(await leases.returnRange(vouched.leaseId, '15')).toEqual({ returned: 0 });
    expect(witness.state('order')).toMatchObject({ mark: 11n, holes: [] });
    expect(keys.maxId('order')).toBe(21n);
  });
});
