import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { WorkerLeaseGrant, WorkerRegistry } from '#core';
import { FakeClock } from '#testing';
import {
  freePort,
  startTcpProxy,
  startZooKeeper,
  startZooKeeperEnsemble,
  type TcpProxy,
  type ZooKeeperEnsemble,
} from '../../testing/src/servers/index.js';
import { by, freshRoot, open, Operator, registry, renewal } from './zookeeper.fixture.js';

let ensemble: ZooKeeperEnsemble;
const closers: (() => unknown)[] = [];
beforeAll(async () => void (ensemble = await startZooKeeperEnsemble(3)));
afterAll(() => ensemble.stop());
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

const TIMEOUT_MS = 1_000;
const unavailable = { code: 'STORE_UNAVAILABLE', cause: expect.any(Error) };

async function holder(connectString = ensemble.connectString, sessionTimeoutMs?: number) {
  const root = freshRoot();
  const node = open(connectString, root, sessionTimeoutMs);
  closers.push(() => node.close());
  const workers = registry(node.workers, new FakeClock());
  return { root, node, workers, grant: await workers.acquire(by('a')) };
}

async function operatorOf(): Promise<Operator> {
  const operator = await Operator.connect(ensemble.connectString);
  closers.push(() => operator.close());
  return operator;
}

async function proxied(): Promise<TcpProxy> {
  const proxy = await startTcpProxy(ensemble.members[0]!);
  closers.push(() => proxy.stop());
  return proxy;
}

/** Renews until it succeeds, as a holder does; how long that took, and how often it failed. */
async function renewUntilDone(workers: WorkerRegistry, grant: WorkerLeaseGrant) {
  const startedMs = performance.now();
  for (let failures = 0; ; failures++) {
    const callMs = performance.now();
    try {
      const renewed = await workers.renew(grant, renewal(TIMEOUT_MS));
      return { grant: renewed, failures, tookMs: performance.now() - startedMs };
    } catch (error) {
      expect(error).toMatchObject(unavailable);
      expect(performance.now() - callMs).toBeLessThan(TIMEOUT_MS + 1_000);
      if (performance.now() - startedMs > 30_000) throw error;
      await delay(100);
    }
  }
}

it('goes on when one member after the other is killed and comes back', async () => {
  const { workers, grant } = await holder();
  let current = grant;
  for (const member of ensemble.members) {
    await member.kill();
    const first = await renewUntilDone(workers, current);
    // Within the lease: a new leader is found in a second or two.
    expect(first.tookMs).toBeLessThan(8_000);
    await member.start();
    current = (await renewUntilDone(workers, first.grant)).grant;
  }
  expect(current.version).toBeGreaterThanOrEqual(grant.version + 6);
});

it('leaves a member that is paused for another one', async () => {
  const { workers, grant } = await holder();
  let current = grant;
  for (const member of ensemble.members) {
    member.pause();
    const renewed = await renewUntilDone(workers, current);
    member.resume();
    expect(renewed.tookMs).toBeLessThan(9_000);
    current = renewed.grant;
  }
});

it('says so in time when all members are gone, and works once they are back', async () => {
  const { node, root, workers, grant } = await holder();
  await Promise.all(ensemble.members.map((member) => member.kill()));
  const startedMs = performance.now();
  const outcomes = await Promise.allSettled([
    workers.renew(grant, renewal(TIMEOUT_MS)),
    workers.acquire(by('b', TIMEOUT_MS)),
    node.workers.within(TIMEOUT_MS, (records) => records.read()),
  ]);
  expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS + 1_000);
  for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: unavailable });
  await Promise.all(ensemble.members.map((member) => member.start()));
  const renewed = await renewUntilDone(workers, grant);
  expect(renewed.grant).toMatchObject({ workerId: 0, owner: grant.owner });
  const operator = await operatorOf();
  await expect.poll(() => operator.read(`${root}/alive/0`)).toBe(grant.owner);
});

it('keeps its record over a session that has expired, and shows itself again', async () => {
  const proxy = await proxied();
  const { root, node, workers, grant } = await holder(`${proxy.host}:${proxy.port}`, 1_000);
  const operator = await operatorOf();
  await expect.poll(() => operator.children(`${root}/alive`)).toEqual(['0']);
  proxy.cut();
  await expect.poll(() => operator.children(`${root}/alive`), { timeout: 10_000 }).toEqual([]);
  proxy.resume();
  // Without a renewal: the new session shows what is held.
  await expect.poll(() => operator.children(`${root}/alive`), { timeout: 5_000 }).toEqual(['0']);
  expect(node.logged).toContainEqual({
    message: 'The ZooKeeper session is over: asking for a new one',
    // A busy client may give its session up before it reaches a server that says so.
    details: { reason: expect.stringMatching(/^(expired|no server was reached)$/) },
  });
  expect((await renewUntilDone(workers, grant)).grant).toMatchObject({
    owner: grant.owner,
    version: grant.version + 1,
  });
  await expect.poll(() => operator.read(`${root}/alive/0`)).toBe(grant.owner);
});

it.each(['alive/0', 'alive'])(
  'makes %s again with the next renewal when it was removed',
  async (path) => {
    const { root, workers, grant } = await holder();
    const operator = await operatorOf();
    await expect.poll(() => operator.children(`${root}/alive`)).toEqual(['0']);
    await operator.remove(`${root}/${path}`);
    await renewUntilDone(workers, grant);
    await expect.poll(() => operator.read(`${root}/alive/0`)).toBe(grant.owner);
  },
);

it('goes on after bytes were swallowed', async () => {
  const proxy = await proxied();
  const { workers, grant } = await holder(`${proxy.host}:${proxy.port}`);
  proxy.blackhole();
  await expect(workers.renew(grant, renewal(TIMEOUT_MS))).rejects.toMatchObject(unavailable);
  proxy.resume();
  const renewed = await renewUntilDone(workers, grant);
  expect(renewed.tookMs).toBeLessThan(4_000);
});

it('begins a new session where the servers know less than it has seen', async () => {
  const other = await startZooKeeper();
  closers.push(() => other.stop());
  const target = { host: '127.0.0.1', port: ensemble.members[0]!.port };
  const proxy = await startTcpProxy(target);
  closers.push(() => proxy.stop());
  const { workers, grant } = await holder(`${proxy.host}:${proxy.port}`, 1_000);
  target.port = other.port;
  proxy.cut();
  proxy.resume();
  // It is refused by a server that is behind it; what it asks for once it is let in again is not there.
  await expect
    .poll(() => workers.renew(grant, renewal(TIMEOUT_MS)).catch((error: unknown) => error), {
      timeout: 10_000,
    })
    .toMatchObject({ code: 'WORKER_LEASE_LOST' });
});

it.each(['connected', 'cut off', 'not let in', 'never connected'])(
  'closes in time and leaves nothing behind: %s',
  async (how) => {
    const proxy = await proxied();
    const port = how === 'never connected' ? await freePort() : proxy.port;
    await delay(300); // whatever the cases before left to the event loop
    const before = resources();
    const node = open(`127.0.0.1:${port}`, freshRoot());
    const isLetIn = how === 'connected' || how === 'cut off';
    if (!isLetIn) proxy.blackhole();
    const ready = node.ready().catch((error: unknown) => error);
    if (isLetIn) expect(await ready).toBeUndefined();
    else await delay(700);
    if (how === 'cut off') proxy.blackhole();
    const call = node.workers.within(10_000, () => new Promise(() => undefined));
    const startedMs = performance.now();
    await Promise.all([expect(call).rejects.toMatchObject(unavailable), node.close()]);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    if (how === 'never connected')
      expect(await ready).toMatchObject({ message: expect.stringContaining('closed') });
    // A proxy that swallows bytes swallows the end as well, and keeps its own two sockets.
    const kept = how === 'cut off' || how === 'not let in' ? 2 : 0;
    await expect.poll(() => resources().sockets).toBe(before.sockets + kept);
    expect(resources().timers).toBeLessThanOrEqual(before.timers);
    const late = node.workers.within(1_000, (records) => records.read());
    await expect(late).rejects.toMatchObject(unavailable);
  },
);

function resources() {
  const names = process.getActiveResourcesInfo();
  const count = (wanted: string) => names.filter((name) => name === wanted).length;
  return { timers: count('Timeout'), sockets: count('TCPSocketWrap') };
}
