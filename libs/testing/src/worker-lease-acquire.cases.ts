import { expect, it } from 'vitest';
import { GRACE_MS, TIMEOUT_MS, TTL_MS, type LeaseBench } from './worker-lease-bench.js';

/** Who gets which id. */
export function acquireCases(bench: LeaseBench): void {
  it('distribute: in order from the first id', async () => {
    const store = bench.node({ firstWorkerId: 5, lastWorkerId: 7 });
    const first = await store.acquire(bench.by('a'));
    expect(first).toMatchObject({ workerId: 5, floorMs: 0, reservedUntilMs: bench.now + 3_000 });
    expect(first).toMatchObject({ version: 1, highestTimestampMs: 0 });
    expect((await store.acquire(bench.by('b'))).workerId).toBe(6);
    expect(
      (await bench.node({ firstWorkerId: 5, lastWorkerId: 7 }).acquire(bench.by('c'))).workerId,
    ).toBe(7);
  });

  it('overflow: refuses whoever comes when all ids are held, and goes on once one is given back', async () => {
    const store = bench.node({ lastWorkerId: 1 });
    const first = await store.acquire(bench.by('a'));
    await store.acquire(bench.by('b'));
    const refused = store.acquire(bench.by('c'));
    await expect(refused).rejects.toMatchObject({ code: 'WORKER_IDS_EXHAUSTED' });
    await store.release(first, bench.now, TIMEOUT_MS);
    expect((await store.acquire(bench.by('c'))).workerId).toBe(0);
  });

  it('concurrent first start: fifty nodes get fifty ids', async () => {
    const grants = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        bench.node({ lastWorkerId: 49 }).acquire(bench.by(`n${i}`)),
      ),
    );
    const ids = grants.map(({ workerId }) => workerId).toSorted((a, b) => a - b);
    expect(ids).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('return: an id that was given back goes at once, from its last timestamp on', async () => {
    const store = bench.node({ lastWorkerId: 0 });
    const grant = await store.acquire(bench.by('a'));
    await store.release(grant, bench.now + 10, TIMEOUT_MS);
    const next = await store.acquire(bench.by('b'));
    expect(next).toMatchObject({
      workerId: 0,
      floorMs: bench.now + 10,
      highestTimestampMs: bench.now + 10,
    });
    expect(next.version).toBeGreaterThan(grant.version);
  });

  it('does not lower the floor when a holder stops without having issued', async () => {
    const store = bench.node({ lastWorkerId: 0 });
    const dead = await store.acquire(bench.by('a', { reserveUntilMs: bench.now + 9_000 }));
    await expect(store.acquire(bench.by('b'))).rejects.toMatchObject({
      code: 'WORKER_IDS_EXHAUSTED',
    });
    await bench.clock.advance(TTL_MS + GRACE_MS);
    const idle = await store.acquire(bench.by('b'));
    expect(idle.floorMs).toBe(dead.reservedUntilMs);
    await store.release(idle, 0, TIMEOUT_MS);
    expect((await store.acquire(bench.by('c'))).floorMs).toBe(dead.reservedUntilMs);
  });

  it('stable: an instance gets the id back that it returned', async () => {
    const store = bench.node();
    const grants = [];
    // oxlint-disable-next-line no-await-in-loop
    for (const each of ['a', 'b', 'c']) grants.push(await store.acquire(bench.by(each)));
    // oxlint-disable-next-line no-await-in-loop
    for (const grant of grants) await store.release(grant, bench.now, TIMEOUT_MS);
    expect((await store.acquire(bench.by('c'))).workerId).toBe(2);
    expect((await store.acquire(bench.by('b'))).workerId).toBe(1);
    expect((await store.acquire(bench.by('x'))).workerId).toBe(0);
    expect((await store.acquire(bench.by('a'))).workerId).toBe(3);
  });

  it('same key twice: two processes of one instance get two ids', async () => {
    const grants = await Promise.all([
      bench.node().acquire(bench.by('a')),
      bench.node().acquire(bench.by('a')),
    ]);
    expect(new Set(grants.map(({ workerId }) => workerId)).size).toBe(2);
  });

  it('idempotent: the same owner finds its record again, starting above its reservation', async () => {
    const store = bench.node();
    const request = bench.by('a');
    const first = await store.acquire(request);
    await store.acquire(bench.by('b'));
    const again = await store.acquire({ ...request, reserveUntilMs: bench.now + 4_000 });
    expect(again.workerId).toBe(first.workerId);
    expect(again.floorMs).toBe(first.reservedUntilMs);
    expect(again.reservedUntilMs).toBe(bench.now + 4_000);
    expect(again.version).toBe(first.version + 1);
  });

  it('recycled: a dead lease is taken, but only by who has itself seen it unchanged for so long', async () => {
    const store = bench.node({ lastWorkerId: 0 });
    const dead = await store.acquire(bench.by('a', { reserveUntilMs: bench.now + 8_000 }));
    const taker = bench.node({ lastWorkerId: 0 });
    const exhausted = { code: 'WORKER_IDS_EXHAUSTED' };
    await bench.clock.advance(10 * TTL_MS);
    await expect(taker.acquire(bench.by('b'))).rejects.toMatchObject(exhausted);
    await bench.clock.advance(TTL_MS + GRACE_MS - 1);
    await expect(taker.acquire(bench.by('b'))).rejects.toMatchObject(exhausted);
    await bench.clock.advance(1);
    const taken = await taker.acquire(bench.by('b'));
    expect(taken).toMatchObject({
      workerId: 0,
      floorMs: bench.now + 8_000,
      reservedUntilMs: bench.now + 8_000,
    });
    expect(taken.version).toBe(dead.version + 1);
  });

  it('counts anew when the lease was renewed meanwhile', async () => {
    const store = bench.node({ lastWorkerId: 0 });
    const alive = await store.acquire(bench.by('a'));
    const taker = bench.node({ lastWorkerId: 0 });
    const exhausted = { code: 'WORKER_IDS_EXHAUSTED' };
    await expect(taker.acquire(bench.by('b'))).rejects.toMatchObject(exhausted);
    await bench.clock.advance(TTL_MS);
    await bench.renew(store, alive, bench.now + 4_000);
    await bench.clock.advance(GRACE_MS);
    await expect(taker.acquire(bench.by('b'))).rejects.toMatchObject(exhausted);
    await bench.clock.advance(TTL_MS + GRACE_MS - 1);
    await expect(taker.acquire(bench.by('b'))).rejects.toMatchObject(exhausted);
    await bench.clock.advance(1);
    expect((await taker.acquire(bench.by('b'))).workerId).toBe(0);
  });

  it('gives a dead lease to one of two takers', async () => {
    await bench.node({ lastWorkerId: 0 }).acquire(bench.by('a'));
    const takers = [bench.node({ lastWorkerId: 0 }), bench.node({ lastWorkerId: 0 })];
    await Promise.allSettled(takers.map((taker) => taker.acquire(bench.by('b'))));
    await bench.clock.advance(TTL_MS + GRACE_MS);
    const settled = await Promise.allSettled(takers.map((taker) => taker.acquire(bench.by('c'))));
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('prefers a free id to a dead one, also for the same instance', async () => {
    const store = bench.node({ lastWorkerId: 1 });
    await store.acquire(bench.by('a'));
    await store.release(await store.acquire(bench.by('b')), bench.now, TIMEOUT_MS);
    await store.acquire(bench.by('b')).then((grant) => store.release(grant, bench.now, TIMEOUT_MS));
    await bench.clock.advance(TTL_MS + GRACE_MS);
    expect((await store.acquire(bench.by('a'))).workerId).toBe(1);
    expect((await store.acquire(bench.by('a'))).workerId).toBe(0);
  });

  it('writes nothing for a clock that is far ahead', async () => {
    const store = bench.node({ lastWorkerId: 0 });
    const wallMs = Date.now() + 120_000;
    const untrusted = { code: 'CLOCK_UNTRUSTED' };
    await expect(
      store.acquire(bench.by('a', { wallMs, reserveUntilMs: wallMs + 3_000 })),
    ).rejects.toMatchObject(untrusted);
    const grant = await store.acquire(bench.by('a', { wallMs: Date.now() - 120_000 }));
    expect(grant).toMatchObject({ version: 1, floorMs: 0 });
    const request = { reserveUntilMs: wallMs + 3_000, lastTimestampMs: 0, timeoutMs: TIMEOUT_MS };
    await expect(store.renew(grant, { ...request, wallMs })).rejects.toMatchObject(untrusted);
    const next = await bench.renew(store, grant, bench.now + 4_000);
    expect(next).toMatchObject({ version: 2, reservedUntilMs: bench.now + 4_000 });
  });
}
