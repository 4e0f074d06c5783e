import { expect, it } from 'vitest';
import { GRACE_MS, TIMEOUT_MS, TTL_MS, type LeaseBench } from './worker-lease-bench.js';

const YEAR_MS = 365 * 86_400_000;

/** Records that went back in time, or that no holder has written. */
export function damageCases(bench: LeaseBench): void {
  it('rollback: repeats no version and lowers neither reservation nor floor of its holder', async () => {
    const store = bench.node({ lastWorkerId: 0 });
    await store.release(await store.acquire(bench.by('a')), bench.now + 20, TIMEOUT_MS);
    const grant = await store.acquire(bench.by('b'));
    const backup = await bench.record(0);
    const renewed = await bench.renew(store, grant, bench.now + 5_000, bench.now + 900);
    const later = await bench.renew(store, renewed, bench.now + 6_000, bench.now + 900);
    await bench.put(backup);
    const again = await bench.renew(store, later, bench.now, bench.now + 900);
    expect(again).toMatchObject({
      floorMs: bench.now + 20,
      reservedUntilMs: bench.now + 6_000,
      version: later.version + 1,
      highestTimestampMs: bench.now + 900,
    });
    await bench.put(backup);
    await store.release(again, bench.now + 1_000, TIMEOUT_MS);
    const next = await store.acquire(bench.by('c'));
    expect(next).toMatchObject({ floorMs: bench.now + 1_000, version: again.version + 2 });
  });

  it('rollback: who took the id in the time that was forgotten has lost it', async () => {
    const store = bench.node({ lastWorkerId: 0 });
    const grant = await store.acquire(bench.by('a'));
    const backup = await bench.record(0);
    await store.release(grant, bench.now, TIMEOUT_MS);
    const forgotten = await store.acquire(bench.by('b'));
    await bench.put(backup);
    await expect(bench.renew(store, forgotten, bench.now + 5_000)).rejects.toMatchObject({
      code: 'WORKER_LEASE_LOST',
    });
    await store.release(forgotten, bench.now + 5_000, TIMEOUT_MS);
    expect(await bench.record(0)).toEqual(backup);
  });

  it('poisoned record, reserved for years: is left alone, and others go on', async () => {
    const store = bench.node({ lastWorkerId: 1 });
    await store.release(await store.acquire(bench.by('a')), bench.now, TIMEOUT_MS);
    const reservedUntilMs = bench.now + 9 * YEAR_MS;
    await bench.put({ ...(await bench.record(0)), reservedUntilMs });
    expect(await store.acquire(bench.by('a'))).toMatchObject({ workerId: 1, floorMs: 0 });
    await expect(store.acquire(bench.by('b'))).rejects.toMatchObject({
      code: 'WORKER_IDS_EXHAUSTED',
    });
    const one = bench.node({ lastWorkerId: 0 });
    const only = await one.acquire(bench.by('c'));
    expect(only).toMatchObject({ workerId: 0, floorMs: reservedUntilMs });
    expect(await bench.record(0)).toMatchObject({ reservedUntilMs });
  });

  it('poisoned record, without a version after its own: is left alone, and others go on', async () => {
    const poison = { version: Number.MAX_SAFE_INTEGER };
    const store = bench.node({ lastWorkerId: 1 });
    await store.release(await store.acquire(bench.by('a')), bench.now, TIMEOUT_MS);
    const poisoned = { ...(await bench.record(0)), ...poison };
    await bench.put(poisoned);
    const grant = await store.acquire(bench.by('a'));
    expect(grant).toMatchObject({ workerId: 1, floorMs: 0 });
    await bench.renew(store, grant, bench.now + 4_000);
    const exhausted = { code: 'WORKER_IDS_EXHAUSTED' };
    await expect(store.acquire(bench.by('b'))).rejects.toMatchObject(exhausted);
    await bench.put({ ...poisoned, owner: 'nobody', released: false });
    await expect(store.acquire(bench.by('b'))).rejects.toMatchObject(exhausted);
    await bench.clock.advance(TTL_MS + GRACE_MS);
    await bench.renew(store, grant, bench.now + 5_000);
    await expect(store.acquire(bench.by('b'))).rejects.toMatchObject(exhausted);
    expect(await bench.record(0)).toEqual({ ...poisoned, owner: 'nobody', released: false });
  });
}
