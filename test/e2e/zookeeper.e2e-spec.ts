import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import {
  startIdun,
  startZooKeeper,
  startZooKeeperEnsemble,
  type IdunServer,
  type ZooKeeperEnsemble,
  type ZooKeeperServer,
} from '../../libs/testing/src/servers/index.js';
import { httpCaller, idsOf } from './clients.js';

const TTL_MS = 2_000;

let single: ZooKeeperServer;
let ensemble: ZooKeeperEnsemble;
const nodes: IdunServer[] = [];
/** Every snowflake id that anybody was given in one test. */
const given: string[] = [];

beforeAll(async () => {
  [single, ensemble] = await Promise.all([startZooKeeper(), startZooKeeperEnsemble(3)]);
});

afterAll(() => Promise.all([single.stop(), ensemble.stop()]));

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
  const all = given.splice(0);
  expect(new Set(all).size).toBe(all.length);
});

let roots = 0;
const freshRoot = () => `/test-${++roots}`;

async function startNode(
  connect: string,
  root: string,
  env: Record<string, string> = {},
): Promise<IdunServer> {
  const node = await startIdun({
    env: {
      IDUN_ZOOKEEPER_CONNECT: connect,
      IDUN_ZOOKEEPER_ROOT: root,
      IDUN_WORKER_TTL_MS: String(TTL_MS),
      ...env,
    },
  });
  nodes.push(node);
  return node;
}

const readiness = async (node: IdunServer) => (await fetch(`${node.httpUrl}/health/ready`)).status;
async function untilReady(node: IdunServer, timeout = 10_000): Promise<void> {
  await expect.poll(() => readiness(node), { timeout, interval: 50 }).toBe(200);
}

/** `undefined` or the code of the refusal. */
async function take(node: IdunServer, count = 100): Promise<string | undefined> {
  const outcome = await httpCaller(node.httpUrl).get('snowflake', 'x', count);
  if ('code' in outcome) return outcome.code;
  given.push(...idsOf(outcome));
  return undefined;
}

async function workerIdOf(node: IdunServer): Promise<number> {
  const id = await (await fetch(`${node.httpUrl}/api/snowflake/get/x`)).text();
  given.push(id);
  const decoded = await fetch(`${node.httpUrl}/api/snowflake/decode/${id}`);
  return ((await decoded.json()) as { workerId: number }).workerId;
}

it('gives nodes the lowest free ids, and a stopped one its own id back', async () => {
  const root = freshRoot();
  const [a, b] = await Promise.all([
    startNode(single.connectString, root, { IDUN_INSTANCE: 'a', IDUN_ZONE: 'east' }),
    startNode(single.connectString, root, { IDUN_INSTANCE: 'b' }),
  ]);
  await Promise.all([untilReady(a), untilReady(b)]);
  const before = new Map([
    ['a', await workerIdOf(a)],
    ['b', await workerIdOf(b)],
  ]);
  expect(new Set(before.values())).toEqual(new Set([0, 1]));
  const report = (await (await fetch(`${a.httpUrl}/api/workers`)).json()) as { workers: object[] };
  expect(report).toMatchObject({ held: 2, free: 1_022, recyclable: 0 });
  expect(report.workers.find((worker) => Reflect.get(worker, 'instance') === 'a')).toMatchObject({
    state: 'held',
    zone: 'east',
    address: expect.stringMatching(/\S/),
    softwareVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
  });
  a.signal('SIGTERM');
  b.signal('SIGTERM');
  await Promise.all([a.exited, b.exited]);
  const again = await startNode(single.connectString, root, { IDUN_INSTANCE: 'b' });
  await untilReady(again);
  expect(await workerIdOf(again)).toBe(before.get('b'));
});

it('starts without ZooKeeper, gives segments, and takes an id once it comes', async () => {
  await single.kill();
  const node = await startNode(single.connectString, freshRoot());
  expect((await fetch(`${node.httpUrl}/health/live`)).status).toBe(200);
  expect(await readiness(node)).toBe(503);
  expect(await httpCaller(node.httpUrl).get('segment', 'default')).toEqual({ ids: '1' });
  expect(await take(node)).toBe('WORKER_LEASE_LOST');
  await single.start();
  await untilReady(node);
  expect(await take(node)).toBeUndefined();
});

it('goes on without a pause when a member of the ensemble dies', async () => {
  // The lease time of the defaults: an election and a new connection take seconds.
  const node = await startNode(ensemble.connectString, freshRoot(), {
    IDUN_WORKER_TTL_MS: '10000',
  });
  await untilReady(node);
  const member = ensemble.members[0]!;
  await member.kill();
  for (const end = performance.now() + 12_000; performance.now() < end;) {
    // oxlint-disable-next-line no-await-in-loop -- a steady caller
    expect(await take(node)).toBeUndefined();
    // oxlint-disable-next-line no-await-in-loop
    await sleep(10);
  }
  await member.start();
});

it('gives none while all members are away, and goes on by itself when they are back', async () => {
  const node = await startNode(ensemble.connectString, freshRoot());
  await untilReady(node);
  expect(await take(node)).toBeUndefined();
  await Promise.all(ensemble.members.map((member) => member.kill()));
  await expect.poll(() => take(node), { timeout: 2 * TTL_MS }).toBe('WORKER_LEASE_LOST');
  expect(await httpCaller(node.httpUrl).get('segment', 'default')).toHaveProperty('ids');
  await Promise.all(ensemble.members.map((member) => member.start()));
  await untilReady(node);
  expect(await take(node)).toBeUndefined();
});

it('never repeats an id of a node that slept through its session', async () => {
  const root = freshRoot();
  const twoIds = { IDUN_SNOWFLAKE_LAYOUT: '41-1-21' };
  const sleeper = await startNode(single.connectString, root, twoIds);
  const other = await startNode(single.connectString, root, twoIds);
  await Promise.all([untilReady(sleeper), untilReady(other)]);
  const heir = await startNode(single.connectString, root, twoIds);
  expect(await take(sleeper)).toBeUndefined();
  await expect.poll(() => take(heir), { timeout: 5_000 }).toBe('WORKER_IDS_EXHAUSTED');
  sleeper.signal('SIGSTOP');
  await untilReady(heir, 30_000);
  expect(await take(heir, 10_000)).toBeUndefined();
  sleeper.signal('SIGCONT');
  const codes = await Promise.all(Array.from({ length: 20 }, () => take(sleeper)));
  expect(new Set(codes)).toEqual(new Set([expect.stringMatching(/^WORKER_/)]));
  expect(await take(heir, 10_000)).toBeUndefined();
});
