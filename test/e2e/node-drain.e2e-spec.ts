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
import { readyStatus } from './clients.js';
import { untilReady } from './lease-clients.js';

const TOKEN = 'an-admin-token-for-tests';
const authorization = `Bearer ${TOKEN}`;
const KEY = 'order';
const slow = { timeout: 60_000, interval: 50 };
const OBEYED_WITHIN_MS = 2_000;
const WINDOW_MS = 1_000;

let nacos: NacosServer;
let service: string;
let nodes: [IdunServer, IdunServer];
let client: IdunClient | undefined;
let load: ClientLoad | undefined;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(async () => {
  nacos = await startNacos();
});

afterAll(() => nacos.stop());

beforeEach(async () => {
  service = `ids-${randomUUID()}`;
  const mysql = databaseAt(inject('mysql'));
  const database = await mysql.createDatabase();
  nodes = await Promise.all([startNode(mysql.url(database)), startNode(mysql.url(database))]);
  await mysql.query(
    `INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('${KEY}', 1, 1000)`,
    database,
  );
  await expect.poll(async () => (await nacos.instances(service)).length, slow).toBe(2);
  await expect.poll(async () => (await nacos.instances(`${service}-rpc`)).length, slow).toBe(2);
});

afterEach(async () => {
  await load?.stop();
  load = undefined;
  await client?.close();
  client = undefined;
  await Promise.all(nodes.map((node) => node.stop()));
});

async function startNode(databaseUrl: string): Promise<IdunServer> {
  const node = await startIdun({
    env: {
      IDUN_DATABASE_URLS: databaseUrl,
      IDUN_NACOS_SERVERS: nacos.address,
      IDUN_NACOS_SERVICE: service,
      IDUN_ADVERTISE_HOST: '127.0.0.1',
      IDUN_ADMIN_TOKEN: TOKEN,
    },
  });
  await untilReady(node);
  return node;
}

async function change(node: IdunServer, body: object): Promise<void> {
  const response = await fetch(`${node.httpUrl}/api/nodes/self`, {
    method: 'PATCH',
    body: JSON.stringify(body),
    headers: { authorization },
  });
  expect(response.status).toBe(200);
}

/** Snowflake ids that a node has given: one for each call, as callers here ask for one at a time. */
async function given(node: IdunServer): Promise<number> {
  const text = await (
    await fetch(`${node.httpUrl}/metrics`, { headers: { authorization } })
  ).text();
  return Number(/^idun_ids_issued_total\{mode="snowflake"\} (\d+)$/m.exec(text)![1]);
}

/** Which share of the calls of a second the first node gets. */
async function share(): Promise<number> {
  const before = await Promise.all(nodes.map(given));
  await sleep(WINDOW_MS);
  const after = await Promise.all(nodes.map(given));
  const [first, second] = after.map((count, i) => count - before[i]!);
  expect(first! + second!).toBeGreaterThan(50);
  return first! / (first! + second!);
}

describe.each(['http', 'tcp'] as const)(
  'a client that finds two nodes in Nacos, over %s',
  (transport) => {
    it('sends nothing to a drained one, and obeys a new weight, within 2 s, and loses no call', async () => {
      client = createClient({ nacos: { servers: nacos.address, service }, transport });
      load = startLoad([client], KEY);
      await expect.poll(share, slow).toBeGreaterThan(0.3);

      await change(nodes[0], { draining: true });
      await sleep(OBEYED_WITHIN_MS);
      expect(await readyStatus(nodes[0])).toBe(503);
      expect(await share()).toBe(0);

      await change(nodes[0], { draining: false });
      await sleep(OBEYED_WITHIN_MS);
      expect(await share()).toBeGreaterThan(0.3);

      await change(nodes[0], { weight: 0 });
      await sleep(OBEYED_WITHIN_MS);
      expect(await readyStatus(nodes[0])).toBe(200);
      expect(await share()).toBe(0);

      await change(nodes[0], { weight: 9 });
      await sleep(OBEYED_WITHIN_MS);
      expect(await share()).toBeGreaterThan(0.7);

      await load.stop();
      expect(load.failures).toEqual([]);
    });
  },
);
