import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startZooKeeper, type ZooKeeperServer } from '../../libs/testing/src/servers/index.js';
import { LeaseNodes } from './zookeeper.fixture.js';

const TTL = { IDUN_WORKER_TTL_MS: '4000' };

let server: ZooKeeperServer;
let nodes: LeaseNodes;

beforeAll(async () => void (server = await startZooKeeper()));
afterAll(() => server.stop());
beforeEach(() => void (nodes = new LeaseNodes(server.connectString)));
afterEach(() => nodes.end());

it('gives nodes the lowest free ids, and a stopped one its own id back', async () => {
  const [a, b] = await Promise.all([
    nodes.start({ ...TTL, IDUN_INSTANCE: 'a', IDUN_ZONE: 'east' }),
    nodes.start({ ...TTL, IDUN_INSTANCE: 'b' }),
  ]);
  await Promise.all([a.untilReady(), b.untilReady()]);
  const before = { a: await a.workerId(), b: await b.workerId() };
  expect(new Set(Object.values(before))).toEqual(new Set([0, 1]));
  const report = (await a.report())!;
  expect(report).toMatchObject({ held: 2, free: 1_022, recyclable: 0 });
  expect(report.workers.find(({ instance }) => instance === 'a')).toMatchObject({
    state: 'held',
    zone: 'east',
    address: expect.stringMatching(/\S/),
    softwareVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
  });
  await Promise.all([a.terminate(), b.terminate()]);
  const again = await nodes.start({ ...TTL, IDUN_INSTANCE: 'b' });
  await again.untilReady();
  expect(await again.workerId()).toBe(before.b);
});

it('starts without ZooKeeper, gives segments, and takes an id once it comes', async () => {
  await server.kill();
  const node = await nodes.start(TTL);
  expect((await fetch(`${node.server.httpUrl}/health/live`)).status).toBe(200);
  expect(await node.readiness()).toBe(503);
  await node.takeSegment();
  expect(await node.take()).toBe('WORKER_LEASE_LOST');
  await server.start();
  await node.untilReady();
  expect(await node.take()).toBeUndefined();
});
