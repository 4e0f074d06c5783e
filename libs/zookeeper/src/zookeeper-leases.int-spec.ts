import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemScheduler, WorkerReset } from '#core';
import { FakeClock } from '#testing';
import { startZooKeeper, startZooKeeperEnsemble } from '../../testing/src/servers/index.js';
import { describeWorkerDirectory } from '../../testing/src/worker-directory.contract.js';
import { GRACE_MS } from '../../testing/src/worker-lease-bench.js';
import { describeWorkerLeaseStore } from '../../testing/src/worker-lease-store.contract.js';
import { describeWorkerRecordStore } from '../../testing/src/worker-record-store.contract.js';
import { describeWorkerReset } from '../../testing/src/worker-reset.contract.js';
import type { ZooKeeper } from './index.js';
import { by, freshRoot, open, Operator, registry, renewal } from './zookeeper.fixture.js';

describe.each([
  ['one server', startZooKeeper],
  ['an ensemble of three', () => startZooKeeperEnsemble(3)],
] as const)('on %s', (name, start) => {
  let server: { connectString: string; stop(): Promise<void> };
  beforeAll(async () => void (server = await start()));
  afterAll(() => server.stop());

  const emptyWorkers = async () => {
    const zookeeper = open(server.connectString, freshRoot());
    await zookeeper.ready();
    return zookeeper;
  };
  describeWorkerLeaseStore(`zookeeper, ${name}`, emptyWorkers);
  describeWorkerRecordStore(`zookeeper, ${name}`, emptyWorkers);
  describeWorkerDirectory(`zookeeper, ${name}`, emptyWorkers);

  describeWorkerReset(`zookeeper, ${name}`, async () => {
    const root = freshRoot();
    const nodes: ZooKeeper[] = [];
    return {
      async node() {
        const node = open(server.connectString, root);
        nodes.push(node);
        await node.ready();
        return { workers: node.workers, close: () => node.close() };
      },
      close: async () => void (await Promise.all(nodes.map((node) => node.close()))),
    };
  });

  it('concurrent first start: fifty sessions on an empty root get fifty ids', async () => {
    const root = freshRoot();
    const clock = new FakeClock();
    const nodes = Array.from({ length: 50 }, () => open(server.connectString, root));
    try {
      const grants = await Promise.all(
        nodes.map((node, i) => registry(node.workers, clock, 49).acquire(by(`n${i}`, 30_000))),
      );
      const ids = grants.map(({ workerId }) => workerId).toSorted((a, b) => a - b);
      expect(ids).toEqual(Array.from({ length: 50 }, (_, i) => i));
    } finally {
      await Promise.all(nodes.map((node) => node.close()));
    }
  });

  it('shows operators who holds what', async () => {
    const root = freshRoot();
    const node = open(server.connectString, root);
    const operator = await Operator.connect(server.connectString);
    const request = by('host:8080');
    const workers = registry(node.workers, new FakeClock(), 3);
    const grant = await workers.acquire(request);
    // Another member of an ensemble may be a little behind.
    const stored = async () => JSON.parse(await operator.read(`${root}/workers/0`)) as unknown;
    await expect.poll(stored).toMatchObject({
      instance: 'host:8080',
      owner: request.owner,
      version: 1,
      released: false,
      address: '10.0.0.1:8080',
      zone: 'a',
      softwareVersion: '1.2.3',
      since: expect.stringMatching(/^20\d\d-.*Z$/),
    });
    await expect.poll(() => operator.read(`${root}/alive/0`)).toBe(request.owner);
    await workers.release(grant, 5, 5_000);
    await expect.poll(() => operator.children(`${root}/alive`)).toEqual([]);
    await node.close();
    operator.close();
  });

  it('lets nobody reset the id of a holder that has a session, however long it was silent', async () => {
    const root = freshRoot();
    const holder = open(server.connectString, root);
    const operator = open(server.connectString, root);
    const wallMs = Date.now() + 50_000;
    const wild = { ...by('wild'), wallMs, reserveUntilMs: wallMs };
    const leases = registry(holder.workers, new FakeClock());
    const grant = await leases.acquire(wild);
    await leases.renew(grant, { ...renewal(), wallMs, lastTimestampMs: wallMs });
    const terms = { firstWorkerId: 0, lastWorkerId: 3, leaseTtlMs: 1, graceMs: 0 };
    const reset = new WorkerReset(terms, {
      store: operator.workers,
      scheduler: systemScheduler,
      onWatch: () => undefined,
    });
    const request = { workerId: 0, owner: 'operator#1', lowerReservation: false, timeoutMs: 5_000 };
    await delay(20);
    await expect(reset.plan(request)).rejects.toThrow(/held by wild/);
    await holder.close();
    await expect
      .poll(() => reset.plan(request).catch(String), { timeout: 20_000 })
      .toMatchObject({ after: { released: true, instance: 'wild' } });
    await reset.apply(await reset.plan(request), { actor: 'a', timeoutMs: 5_000 });
    const { workers } = await operator.workers.list(5_000);
    // Those of its last holder, not of the operator's machine.
    expect(workers).toMatchObject([{ address: '10.0.0.1:8080', zone: 'a', released: true }]);
    await operator.close();
  });

  it('recycled: the id of a holder without a session goes after the grace alone', async () => {
    const root = freshRoot();
    const holder: ZooKeeper = open(server.connectString, root);
    const dead = await registry(holder.workers, new FakeClock(), 0).acquire(by('a'));
    const taker = open(server.connectString, root);
    const clock = new FakeClock();
    const workers = registry(taker.workers, clock, 0);
    const exhausted = { code: 'WORKER_IDS_EXHAUSTED' };
    // As long as there is a session, the grace alone is not enough.
    await expect(workers.acquire(by('b'))).rejects.toMatchObject(exhausted);
    await clock.advance(GRACE_MS);
    await expect(workers.acquire(by('b'))).rejects.toMatchObject(exhausted);
    await holder.close();
    await expect(workers.acquire(by('b'))).rejects.toMatchObject(exhausted);
    await clock.advance(GRACE_MS - 1);
    await expect(workers.acquire(by('b'))).rejects.toMatchObject(exhausted);
    await clock.advance(1);
    expect(await workers.acquire(by('b'))).toMatchObject({
      workerId: 0,
      version: dead.version + 1,
      floorMs: dead.reservedUntilMs,
    });
    await taker.close();
  });
});
