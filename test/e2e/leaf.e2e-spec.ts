import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  freePort,
  startIdun,
  startZooKeeper,
  type IdunServer,
  type ZooKeeperServer,
} from '../../libs/testing/src/servers/index.js';
import {
  freshBench,
  LeafProcess,
  type LeafBench,
} from '../../libs/zookeeper/src/leaf/leaf.fixture.js';
import { Operator } from '../../libs/zookeeper/src/zookeeper.fixture.js';
import { httpCaller, idsOf } from './clients.js';

const HOST = '10.1.2.3';
/** Several starts one after the other, and the end of a session, on a machine that may have much else to do. */
const TEST_MS = 300_000;

let server: ZooKeeperServer;
let operator: Operator;
let at: LeafBench;
let leaf: LeafProcess;
const nodes: IdunServer[] = [];
/** Every id that a node of ours gave in one test. */
const given: string[] = [];

beforeAll(async () => {
  server = await startZooKeeper();
  operator = await Operator.connect(server.connectString);
});

beforeEach(async () => {
  at = freshBench(server.connectString);
  leaf = await LeafProcess.start(at, `${HOST}:1`);
});

afterEach(async () => {
  leaf.close();
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
  const all = given.splice(0);
  expect(new Set(all).size).toBe(all.length);
});

afterAll(async () => {
  operator.close();
  await server.stop();
});

async function startNode(port: number): Promise<IdunServer> {
  const node = await startIdun({
    env: {
      IDUN_WORKER_LEASE: 'leaf',
      IDUN_LEAF_NAME: at.leafName,
      IDUN_ZOOKEEPER_CONNECT: at.connectString,
      IDUN_ZOOKEEPER_ROOT: at.root,
      IDUN_WORKER_TTL_MS: '6000',
      IDUN_ADVERTISE_HOST: HOST,
      IDUN_HTTP_PORT: String(port),
    },
  });
  nodes.push(node);
  return node;
}

/** Takes ids, as soon as there are any; the worker id that they were made with. */
async function workerIdOf(node: IdunServer): Promise<number> {
  const caller = httpCaller(node.httpUrl);
  const ids: string[] = [];
  const take = async () => {
    const outcome = await caller.get('snowflake', 'x', 1_000);
    if ('ids' in outcome) ids.push(...idsOf(outcome));
    return ids.length;
  };
  await expect.poll(take, { timeout: 60_000, interval: 100 }).toBe(1_000);
  given.push(...ids);
  const decoded = await Promise.all([ids[0]!, ids.at(-1)!].map((id) => caller.decode(id)));
  const workerIds = decoded.map((each) => (each as { workerId: number }).workerId);
  expect(workerIds[0]).toBe(workerIds[1]);
  return workerIds[0]!;
}

/** The number of this port's node below Leaf's path, of which there is one. */
async function numberOf(port: number): Promise<number> {
  const names = await operator.children(at.forever);
  const own = names.filter((name) => name.startsWith(`${HOST}:${port}-`));
  expect(own).toHaveLength(1);
  return Number(own[0]!.split('-')[1]);
}

it(
  'gives nodes beside a Leaf ids of their own, and the same ones after a kill',
  async () => {
    const ports = [await freePort(), await freePort()] as const;
    const [a, b] = await Promise.all([startNode(ports[0]), startNode(ports[1])]);
    const ids = [await workerIdOf(a), await workerIdOf(b)];
    expect(new Set([leaf.workerId, ...ids]).size).toBe(3);
    expect(ids).toEqual([await numberOf(ports[0]), await numberOf(ports[1])]);

    const report = async () => (await fetch(`${a.httpUrl}/api/workers`)).json() as Promise<unknown>;
    const shown = ([0, 1] as const)
      .map((n) => ({ workerId: ids[n]!, instance: `${HOST}:${ports[n]}`, state: 'held' }))
      .toSorted((one, other) => one.workerId - other.workerId);
    await expect
      .poll(report, { timeout: 20_000 })
      .toMatchObject({ held: 2, firstWorkerId: 0, lastWorkerId: 1_023, workers: shown });
    const written = await operator.read(
      `${at.forever}/${HOST}:${ports[0]}-${String(ids[0]).padStart(10, '0')}`,
    );
    expect(JSON.parse(written)).toEqual({
      ip: HOST,
      port: String(ports[0]),
      timestamp: expect.any(Number),
    });

    a.signal('SIGKILL');
    await a.exited;
    const again = await startNode(ports[0]);
    expect(await workerIdOf(again)).toBe(ids[0]);
    expect(await numberOf(ports[0])).toBe(ids[0]);
    b.signal('SIGTERM');
    await b.exited;
    expect(await workerIdOf(await startNode(ports[1]))).toBe(ids[1]);
  },
  TEST_MS,
);

it(
  'says what to do where a Leaf lives at the same address, and goes on once it is gone',
  async () => {
    const port = await freePort();
    const neighbour = await LeafProcess.start(at, `${HOST}:${port}`);
    const beats = setInterval(() => void neighbour.beat().catch(() => undefined), 500);
    try {
      const node = await startNode(port);
      const refusal = async () =>
        (await (await fetch(`${node.httpUrl}/api/snowflake/get/x`)).json()) as { code: string };
      await expect.poll(refusal, { timeout: 60_000, interval: 100 }).toMatchObject({
        code: 'WORKER_IDS_EXHAUSTED',
        detail: expect.stringMatching(/Leaf process has written the node of .* Stop that Leaf/),
      });
      const startedMs = Date.now();
      clearInterval(beats);
      expect(await workerIdOf(node)).toBe(neighbour.workerId);
      expect(Date.now() - startedMs).toBeGreaterThan(5_000);
    } finally {
      clearInterval(beats);
      neighbour.close();
    }
  },
  TEST_MS,
);
