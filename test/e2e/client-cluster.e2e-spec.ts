import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createClient, type IdunClient } from '#client';
import {
  databaseAt,
  startIdun,
  startNacos,
  type IdunServer,
  type NacosServer,
} from '../../libs/testing/src/servers/index.js';
import { startLoad, type ClientLoad } from './client-load.fixture.js';
import { untilReady } from './lease-clients.js';

const NODES = 3;
const slow = { timeout: 60_000, interval: 50 };

let nacos: NacosServer;
let service: string;
let key: string;
let databaseUrl: string;
let nodes: IdunServer[];
let clients: IdunClient[];
let load: ClientLoad | undefined;

beforeAll(async () => {
  nacos = await startNacos();
});

afterAll(() => nacos.stop());

beforeEach(async () => {
  service = `ids-${randomUUID()}`;
  key = 'order';
  const mysql = databaseAt(inject('mysql'));
  const database = await mysql.createDatabase();
  databaseUrl = mysql.url(database);
  nodes = await Promise.all(Array.from({ length: NODES }, startNode));
  await mysql.query(
    `INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('${key}', 1, 1000)`,
    database,
  );
  await expect.poll(registered, slow).toBe(NODES);
  clients = (['http', 'tcp'] as const).map((transport) =>
    createClient({ nacos: { servers: nacos.address, service }, transport }),
  );
});

afterEach(async () => {
  await load?.stop();
  load = undefined;
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all(nodes.map((node) => node.stop()));
});

async function startNode(): Promise<IdunServer> {
  const node = await startIdun({
    env: {
      IDUN_DATABASE_URLS: databaseUrl,
      IDUN_NACOS_SERVERS: nacos.address,
      IDUN_NACOS_SERVICE: service,
      IDUN_ADVERTISE_HOST: '127.0.0.1',
    },
  });
  await untilReady(node);
  return node;
}

/** Nodes that are found over both transports. */
async function registered(): Promise<number> {
  const [http, tcp] = await Promise.all([
    nacos.instances(service),
    nacos.instances(`${service}-rpc`),
  ]);
  return Math.min(...[http, tcp].map((found) => found.filter(({ healthy }) => healthy).length));
}

/** Until `calls` more have been answered. */
async function moreCalls({ counts }: ClientLoad, calls: number): Promise<void> {
  const goal = counts.calls + calls;
  await expect.poll(() => counts.calls, slow).toBeGreaterThanOrEqual(goal);
}

describe('callers that find three nodes in Nacos', () => {
  it('lose no call of 10,000 while the nodes are rolled one after the other', async () => {
    load = startLoad(clients, key);
    await moreCalls(load, 1_000);
    for (const [i, node] of nodes.entries()) {
      // oxlint-disable no-await-in-loop -- one node after the other
      node.signal('SIGTERM');
      expect(await node.exited).toEqual({ code: 0, signal: null });
      nodes[i] = await startNode();
      await expect.poll(registered, slow).toBe(NODES);
      await moreCalls(load, 1_000);
      // oxlint-enable no-await-in-loop
    }
    await moreCalls(load, Math.max(0, 10_000 - load.counts.calls));
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  it('lose no call when one of them is killed, within the deadline of 2 s', async () => {
    load = startLoad(clients, key);
    await moreCalls(load, 1_000);
    nodes[0]!.signal('SIGKILL');
    await nodes[0]!.exited;
    await moreCalls(load, 3_000);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.slowestMs()).toBeLessThan(2_000);
  });

  it(
    'go on while Nacos is killed, and the nodes are registered again within 10 s with an empty one',
    { timeout: 300_000, retry: 2 },
    async () => {
      load = startLoad(clients, key);
      await moreCalls(load, 1_000);
      await nacos.kill();
      await moreCalls(load, 1_000);
      await nacos.start();
      const answersAt = performance.now();
      await expect.poll(registered, slow).toBe(NODES);
      expect(performance.now() - answersAt).toBeLessThan(10_000);
      await moreCalls(load, 1_000);
      await load.stop();
      expect(load.failures).toEqual([]);
    },
  );
});
