import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import {
  startIdun,
  startMySqlPrimary,
  startMySqlReplica,
  startZooKeeper,
  type IdunServer,
  type MySqlReplicationServer,
  type ZooKeeperServer,
} from '../../libs/testing/src/servers/index.js';
import { untilReady } from './lease-clients.js';
import { NotingLoad } from './rewind.fixture.js';

const slow = { timeout: 30_000, interval: 20 };

let zookeeper: ZooKeeperServer;
let primary: MySqlReplicationServer;
let replica: MySqlReplicationServer;
let nodes: IdunServer[] = [];
let load: NotingLoad | undefined;

beforeAll(async () => {
  [zookeeper, primary] = await Promise.all([startZooKeeper(), startMySqlPrimary()]);
  await primary.createDatabase('idun');
  // Asynchronous, so that it may lag.
  replica = await startMySqlReplica(primary, { semiSync: false });
});

afterAll(() => Promise.all([zookeeper.stop(), primary.stop(), replica.stop()]));

afterEach(async () => {
  await load?.stop();
  await Promise.all(nodes.map((node) => node.stop()));
});

const lines = (event: string) =>
  nodes.map((node) => node.logs().split(`"event":"${event}"`).length - 1);
const total = (counts: number[]) => counts.reduce((sum, count) => sum + count, 0);

async function moreIds(seen: NotingLoad, count: number): Promise<void> {
  const goal = seen.ids.length + count;
  await expect.poll(() => seen.ids.length, slow).toBeGreaterThan(goal);
}

it('gives no id twice when a replica that lags is promoted, and the old primary wakes up beside it', async () => {
  const second = `${replica.host}:${replica.port}`;
  const env = {
    IDUN_DATABASE_URLS: `${primary.url('idun')}?failover=${second}`,
    IDUN_ZOOKEEPER_CONNECT: zookeeper.connectString,
    IDUN_ZOOKEEPER_ROOT: `/idun-${randomUUID()}`,
    IDUN_SEGMENT_ADAPTIVE: 'false',
  };
  nodes = await Promise.all([startIdun({ env }), startIdun({ env })]);
  await Promise.all(nodes.map(untilReady));
  await primary.query(`UPDATE leaf_alloc SET step = 100 WHERE biz_tag = 'default'`, 'idun');
  load = new NotingLoad(nodes, 'default', 20);
  await moreIds(load, 1_000);
  await replica.caughtUp();
  await replica.stopReplication();
  await moreIds(load, 5_000);

  primary.pause();
  await replica.promote();
  const promotedAtMs = performance.now();
  await expect.poll(() => total(lines('rewind')), slow).toBeGreaterThan(0);
  await moreIds(load, 100);
  expect(performance.now() - promotedAtMs).toBeLessThan(5_000);
  await moreIds(load, 3_000);
  // A switch of servers is put on record once, and healed once for the key.
  expect([total(lines('server')), total(lines('rewind'))]).toEqual([1, 1]);

  primary.resume();
  // A node that starts now comes to the old primary first, as that is first in its list, and writable.
  const late = await startIdun({ env });
  nodes.push(late);
  const latecomer = new NotingLoad([late], 'default', 20);
  await moreIds(latecomer, 500);
  await moreIds(load, 2_000);
  await Promise.all([load.stop(), latecomer.stop()]);
  load.ids.push(...latecomer.ids);
  expect(load.twice()).toEqual([]);
  expect(late.logs()).toContain('The store goes on with another server');
  const [row] = await replica.query(
    `SELECT max_id FROM leaf_alloc WHERE biz_tag = 'default'`,
    'idun',
  );
  expect(BigInt(String(row?.['max_id']))).toBeGreaterThan(
    load.ids.reduce((a, b) => (a > b ? a : b)),
  );
});
