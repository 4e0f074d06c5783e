import { expect, it } from 'vitest';
import { GRACE_MS, TIMEOUT_MS, TTL_MS, type LeaseBench } from './worker-lease-bench.js';

/** What a holder may write, and what its successor then starts from. */
export function renewCases(bench: LeaseBench): void {
  it('raises version and reservation with a renewal and keeps the floor', async () => {
    const store = bench.node();
    const grant = await store.acquire(bench.by('a'));
    const renewed = await bench.renew(store, grant, bench.now + 5_000, bench.now + 100);
    expect(renewed).toEqual({
      ...grant,
      version: grant.version + 1,
      reservedUntilMs: bench.now + 5_000,
      highestTimestampMs: bench.now + 100,
    });
  });

  it('never lowers a reservation or a last timestamp', async () => {
    const store = bench.node({ lastWorkerId: 0 });
    let grant = await store.acquire(bench.by('a', { reserveUntilMs: bench.now + 5_000 }));
    grant = await bench.renew(store, grant, bench.now + 1_000, bench.now + 400);
    expect(grant.reservedUntilMs).toBe(bench.now + 5_000);
    grant = await bench.renew(store, grant, bench.now, bench.now + 300);
    expect(grant).toMatchObject({
      reservedUntilMs: bench.now + 5_000,
      highestTimestampMs: bench.now + 400,
    });
    await store.release(grant, bench.now + 200, TIMEOUT_MS);
    const next = await store.acquire(bench.by('b', { reserveUntilMs: bench.now }));
    expect(next).toMatchObject({ floorMs: bench.now + 400, reservedUntilMs: bench.now + 400 });
  });

  it('goes on after a renewal whose outcome the holder does not know', async () => {
    const store = bench.node();
    const grant = await store.acquire(bench.by('a'));
    await bench.renew(store, grant, bench.now + 6_000);
    const next = await bench.renew(store, grant, bench.now + 5_000);
    expect(next).toMatchObject({ version: grant.version + 2, reservedUntilMs: bench.now + 6_000 });
  });

  it('lost: refuses the late writes of a holder that lost its id', async () => {
    const store = bench.node({ lastWorkerId: 0 });
    const old = await store.acquire(bench.by('a'));
    const taker = bench.node({ lastWorkerId: 0 });
    await expect(taker.acquire(bench.by('b'))).rejects.toMatchObject({
      code: 'WORKER_IDS_EXHAUSTED',
    });
    await bench.clock.advance(TTL_MS + GRACE_MS);
    const current = await taker.acquire(bench.by('b'));
    const lost = { code: 'WORKER_LEASE_LOST' };
    await expect(bench.renew(store, old, bench.now + 50_000)).rejects.toMatchObject(lost);
    await store.release(old, bench.now + 50_000, TIMEOUT_MS);
    expect(await bench.renew(taker, current, bench.now + 4_000)).toMatchObject({
      version: current.version + 1,
      reservedUntilMs: bench.now + 4_000,
      highestTimestampMs: 0,
    });
  });

  it('does not renew what was returned, and returns it once', async () => {
    const store = bench.node({ lastWorkerId: 0 });
    const grant = await store.acquire(bench.by('a'));
    await store.release(grant, bench.now + 1, TIMEOUT_MS);
    await store.release(grant, bench.now + 9, TIMEOUT_MS);
    await expect(bench.renew(store, grant, bench.now + 9_000)).rejects.toMatchObject({
      code: 'WORKER_LEASE_LOST',
    });
    expect((await store.acquire(bench.by('b'))).floorMs).toBe(bench.now + 1);
  });

  it('tells the highest last timestamp of all records', async () => {
    const store = bench.node();
    const a = await store.acquire(bench.by('a'));
    const b = await store.acquire(bench.by('b'));
    await bench.renew(store, a, bench.now + 5_000, bench.now + 900);
    expect(
      (await bench.renew(store, b, bench.now + 5_000, bench.now + 700)).highestTimestampMs,
    ).toBe(bench.now + 900);
    await store.release(b, bench.now + 1_200, TIMEOUT_MS);
    const elsewhere = bench.node({ firstWorkerId: 100, lastWorkerId: 101 });
    expect((await elsewhere.acquire(bench.by('c'))).highestTimestampMs).toBe(bench.now + 1_200);
  });
}
