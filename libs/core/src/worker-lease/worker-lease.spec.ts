import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, MemoryWorkerLeaseStore, type MemoryWorkerTable } from '#testing';
import { parseLayout } from '../snowflake/layout.js';
import { SnowflakeGenerator } from '../snowflake/snowflake-generator.js';
import { WorkerLease } from './worker-lease.js';

const START = 1_700_000_000_000;
const TTL_MS = 10_000;

let clock: FakeClock;
let table: MemoryWorkerTable;
let owners: number;

function node(instance = 'host:8080', maxId = 3, nodeClock = clock) {
  const store = new MemoryWorkerLeaseStore(table, {
    firstWorkerId: 0,
    lastWorkerId: maxId,
    leaseTtlMs: TTL_MS,
    graceMs: 1_000,
    maxAheadMs: 10_000,
    clock: nodeClock,
    scheduler: nodeClock,
  });
  const changes: (number | undefined)[] = [];
  const lease = new WorkerLease(
    { owner: `owner-${owners++}`, ttlMs: TTL_MS, timeoutMs: 1_000 },
    {
      store,
      clock: nodeClock,
      scheduler: nodeClock,
      random: () => 0.5,
      onChange: (workerId) => changes.push(workerId),
    },
  );
  const ids = new SnowflakeGenerator(
    { layout: parseLayout('41-10-12'), epochMs: 0, clockToleranceMs: 2_000 },
    { workerIds: lease, clock: nodeClock, scheduler: nodeClock, random: () => 0 },
  );
  return { store, lease, ids, changes, start: () => lease.start(instance) };
}

beforeEach(() => {
  owners = 0;
  clock = new FakeClock(START);
  table = {
    rows: new Map(),
    clock: { wallMs: () => Math.floor(START + clock.monotonicMs() - 1_000) },
  };
});

async function started(...args: Parameters<typeof node>) {
  const one = node(...args);
  one.start();
  await clock.flush();
  return one;
}

const lost = expect.objectContaining({ code: 'WORKER_LEASE_LOST' });

describe('taking and keeping an id', () => {
  it('holds none before it has asked', () => {
    expect(() => node().lease.held()).toThrow(lost);
  });

  it('takes the lowest free id and reserves the lease time ahead', async () => {
    const { lease, changes } = await started();
    expect(lease.held()).toMatchObject({ workerId: 0, reservedUntilMs: START + TTL_MS });
    expect(changes).toEqual([0]);
  });

  it('renews before the lease ends, and records the last timestamp', async () => {
    const { lease, ids } = await started();
    await ids.take(1);
    await clock.advance(60_000);
    expect(lease.held().reservedUntilMs).toBeGreaterThan(clock.wallMs());
    expect(table.rows.get(0)).toMatchObject({ lastTimestampMs: START });
  });

  it('gives two live processes of one instance two ids', async () => {
    const first = await started('same:1');
    const second = await started('same:1');
    expect([first.lease.held().workerId, second.lease.held().workerId]).toEqual([0, 1]);
  });

  it('gives an id back on a clean stop, to be used again at once above the last timestamp', async () => {
    const first = await started();
    await first.ids.take(1);
    await first.lease.stop();
    expect(() => first.lease.held()).toThrow(lost);
    await clock.advance(1);
    const second = await started();
    expect(second.lease.held()).toMatchObject({ workerId: 0, floorMs: START });
    await expect(second.ids.take(1)).resolves.toHaveLength(1);
  });

  it('waits for an id where all are taken, and gets one that was given back', async () => {
    const first = await started('a', 0);
    const second = await started('b', 0);
    await clock.advance(5_000);
    expect(() => second.lease.held()).toThrow(
      expect.objectContaining({ code: 'WORKER_IDS_EXHAUSTED' }),
    );
    await first.lease.stop();
    await clock.advance(400);
    expect(second.lease.held().workerId).toBe(0);
  });
});

describe('the reservation', () => {
  it('is moved above what a caller wants, also by a renewal that was under way for less', async () => {
    const { lease, store } = await started();
    store.faults.delayMs = 10;
    const first = lease.extend(START + TTL_MS + 1);
    const second = lease.extend(START + TTL_MS * 2);
    await clock.advance(100);
    await Promise.all([first, second]);
    expect(lease.held().reservedUntilMs).toBeGreaterThanOrEqual(START + TTL_MS * 2);
  });

  it('covers what was issued ahead of a clock that stepped back', async () => {
    const { lease, ids } = await started();
    await ids.take(1);
    clock.shiftWall(-1_500);
    await clock.advance(TTL_MS / 3);
    expect(lease.held().reservedUntilMs).toBeGreaterThanOrEqual(START + TTL_MS);
    await ids.take(1);
    await clock.advance(TTL_MS / 3);
    const ridden = START + Math.floor(TTL_MS / 3);
    expect(lease.held().reservedUntilMs).toBeGreaterThanOrEqual(ridden + TTL_MS);
  });
});

describe('stopping', () => {
  it('gives no id from the moment that it is asked, not only once the store has answered', async () => {
    const { lease, store } = await started();
    store.faults.hang();
    await clock.advance(TTL_MS / 3);
    const stopped = lease.stop();
    expect(() => lease.held()).toThrow('shutting down');
    store.faults.wake();
    await stopped;
    await expect(lease.extend(START + 1)).rejects.toEqual(lost);
    expect(table.rows.get(0)).toMatchObject({ released: true });
  });

  it('gives back an id whose registration was under way', async () => {
    const { lease, store, start } = node();
    store.faults.hang();
    start();
    await clock.flush();
    const stopped = lease.stop();
    store.faults.wake();
    await stopped;
    expect(table.rows.get(0)).toMatchObject({ released: true });
  });
});

describe('when the store is away', () => {
  it('goes on until the deadline, counted from before the last renewal was sent', async () => {
    const { lease, store } = await started();
    store.faults.down = true;
    await clock.advance(TTL_MS - 1);
    expect(lease.held().workerId).toBe(0);
    await clock.advance(1);
    expect(() => lease.held()).toThrow(lost);
    store.faults.down = false;
    await clock.advance(400);
    expect(lease.held().workerId).toBe(0);
  });

  it('counts the deadline from the request, not from a late reply', async () => {
    const { lease, store } = await started();
    store.faults.delayMs = 900;
    await clock.advance(TTL_MS / 3 + 900);
    store.faults.delayMs = 0;
    store.faults.down = true;
    await clock.advance(TTL_MS - 901);
    expect(lease.held().workerId).toBe(0);
    await clock.advance(2);
    expect(() => lease.held()).toThrow(lost);
  });

  it('starts with the store down and takes an id when it comes', async () => {
    const { lease, store, start } = node();
    store.faults.down = true;
    start();
    await clock.advance(5_000);
    expect(() => lease.held()).toThrow(lost);
    store.faults.down = false;
    await clock.advance(400);
    expect(lease.held().workerId).toBe(0);
  });

  it('goes on from a renewal whose reply was lost', async () => {
    const { lease, store } = await started();
    store.faults.loseReplyNext();
    await clock.advance(TTL_MS * 3);
    expect(lease.held().workerId).toBe(0);
  });

  it('does not storm it when callers want timestamps beyond the reservation', async () => {
    const { lease, store } = await started();
    store.faults.down = true;
    const before = store.calls.length;
    for (let i = 0; i < 500; i++) {
      // oxlint-disable-next-line no-await-in-loop -- a caller a millisecond
      await expect(lease.extend(START + TTL_MS + 1 + i)).rejects.toEqual(lost);
      // oxlint-disable-next-line no-await-in-loop
      await clock.advance(1);
    }
    expect(store.calls.length - before).toBeLessThan(5);
  });

  it('costs no waiting time where the reply to the registration was lost', async () => {
    const { ids, store, start } = node();
    store.faults.loseReplyNext();
    start();
    await clock.advance(500);
    await expect(ids.take(1)).resolves.toHaveLength(1);
  });
});

describe('a node that sleeps', () => {
  it('issues nothing when it wakes up after its lease, and its late write fails', async () => {
    const sleeperClock = new FakeClock(START);
    const sleeper = node('a', 0, sleeperClock);
    sleeper.start();
    await sleeperClock.flush();
    await sleeper.ids.take(1);
    const reserved = sleeper.lease.held().reservedUntilMs;

    const taker = await started('b', 0);
    await clock.advance(30_000);
    expect(taker.lease.held()).toMatchObject({ workerId: 0, floorMs: reserved });
    const [taken] = await taker.ids.take(1);
    expect(Number(taken! >> 22n)).toBeGreaterThan(reserved);

    // A suspended machine: the wall clock has moved, the monotonic one stood still.
    sleeperClock.shiftWall(30_000);
    expect(() => sleeper.ids.tryNext()).toThrow(lost);
    await sleeperClock.advance(500);
    expect(() => sleeper.lease.held()).toThrow('All worker ids from 0 to 0 are taken');
    expect(table.rows.get(0)!.owner).toBe('owner-1');
  });

  it('stays below the reservation even where it does not notice that it slept', async () => {
    const { lease, store } = await started();
    store.faults.hang();
    const { reservedUntilMs } = lease.held();
    const extended = lease.extend(reservedUntilMs + 1).catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await extended).toEqual(lost);
    expect(lease.held().reservedUntilMs).toBe(reservedUntilMs);
  });
});

describe('a clock that is wrong', () => {
  it('far ahead of the store reserves and issues nothing, and recovers with the clock', async () => {
    const { ids } = await started();
    await ids.take(1);
    const before = { ...table.rows.get(0)! };
    clock.shiftWall(86_400_000);
    await expect(ids.take(1)).rejects.toMatchObject({ code: 'WORKER_LEASE_LOST' });
    await clock.advance(500);
    await expect(ids.take(1)).rejects.toMatchObject({ code: 'CLOCK_UNTRUSTED' });
    expect(table.rows.get(0)!.reservedUntilMs).toBe(before.reservedUntilMs);
    clock.shiftWall(-86_400_000);
    await clock.advance(1_000);
    await expect(ids.take(1)).resolves.toHaveLength(1);
  });

  it('set back across a restart issues nothing until it has caught up', async () => {
    const first = await started();
    await first.ids.take(1);
    await clock.advance(TTL_MS / 2);
    await first.ids.take(1);
    await clock.advance(TTL_MS / 2);
    clock.shiftWall(-600_000);
    const second = await started('host:8080');
    await expect(second.ids.take(1)).rejects.toMatchObject({ code: 'CLOCK_BACKWARDS' });
  });
});
