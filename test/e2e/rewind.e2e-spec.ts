import { randomUUID } from 'node:crypto';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  databaseAt,
  startIdun,
  startZooKeeper,
  temporaryFolder,
  type Database,
  type IdunServer,
  type ZooKeeperServer,
} from '../../libs/testing/src/servers/index.js';
import { untilReady } from './lease-clients.js';
import { backUp, NotingLoad } from './rewind.fixture.js';

const slow = { timeout: 30_000, interval: 20 };
const TOKEN = 'a-token-of-operators';

let mysql: Database;
let zookeeper: ZooKeeperServer;
let database: string;
let nodes: IdunServer[];
let load: NotingLoad | undefined;

beforeAll(async () => {
  mysql = databaseAt(inject('mysql'));
  zookeeper = await startZooKeeper();
});

afterAll(() => zookeeper.stop());

beforeEach(async () => {
  database = await mysql.createDatabase();
  nodes = [];
});

afterEach(async () => {
  await load?.stop();
  load = undefined;
  await Promise.all(nodes.map((node) => node.stop()));
});

async function start(count: number, env: Record<string, string>): Promise<void> {
  const settings = {
    IDUN_DATABASE_URLS: mysql.url(database),
    IDUN_SEGMENT_ADAPTIVE: 'false',
    IDUN_JOURNAL: 'true',
    IDUN_ADMIN_TOKEN: TOKEN,
    ...env,
  };
  nodes = await Promise.all(Array.from({ length: count }, () => startIdun({ env: settings })));
  await Promise.all(nodes.map(untilReady));
  await mysql.query(`UPDATE leaf_alloc SET step = 100 WHERE biz_tag = 'default'`, database);
}

const withWitness = () => ({
  IDUN_ZOOKEEPER_CONNECT: zookeeper.connectString,
  IDUN_ZOOKEEPER_ROOT: `/idun-${randomUUID()}`,
});

/** Until so many more ids have come. */
async function moreIds(seen: NotingLoad, count: number): Promise<void> {
  const goal = seen.ids.length + count;
  await expect.poll(() => seen.ids.length, slow).toBeGreaterThan(goal);
}

const lines = (event: string) =>
  nodes.flatMap((node) =>
    node
      .logs()
      .split('\n')
      .filter((line) => line.includes(`"event":"${event}"`)),
  );

async function metric(name: string): Promise<number> {
  const answers = nodes.map(async ({ httpUrl }) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const text = await (await fetch(`${httpUrl}/metrics`, { headers })).text();
    const values = text.split('\n').filter((line) => line.startsWith(name));
    return values.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  });
  return (await Promise.all(answers)).reduce((sum, value) => sum + value, 0);
}

describe('a database that is restored to a backup under load', () => {
  it('gives no id twice with a witness, and ids flow again within 5 s', async () => {
    await start(3, withWitness());
    load = new NotingLoad(nodes, 'default', 20);
    await moreIds(load, 2_000);
    const backup = await backUp(mysql, database);
    await moreIds(load, 10_000);
    await backup.restore();
    const restoredAtMs = performance.now();
    await expect.poll(() => lines('rewind').length, slow).toBeGreaterThan(0);
    await moreIds(load, 100);
    expect(performance.now() - restoredAtMs).toBeLessThan(5_000);
    await moreIds(load, 5_000);
    await load.stop();
    expect(load.twice()).toEqual([]);
    expect(load.refusals).toEqual([]);
    expect(lines('rewind')).toHaveLength(1);
    expect(await metric('idun_store_rewound_total{')).toBe(1);
    const events = await mysql.query(
      `SELECT kind, start_id, end_id FROM idun_journal WHERE kind = 'rewind'`,
      database,
    );
    expect(events).toHaveLength(1);
  });

  it.each([
    ['with a witness', 2, withWitness],
    ['without one', 1, () => ({})],
  ])('gives nothing under refuse until the key is advanced, %s', async (_, count, witness) => {
    await start(count, { ...witness(), IDUN_ON_REWIND: 'refuse' });
    load = new NotingLoad(nodes, 'default', 20);
    await moreIds(load, 500);
    const backup = await backUp(mysql, database);
    await moreIds(load, 3_000);
    await backup.restore();
    await expect.poll(() => load!.refusals.includes('STORE_REWOUND'), slow).toBe(true);
    const answer = await fetch(`${nodes[0]!.httpUrl}/api/segment/get/default?count=1000`);
    expect([answer.status, await answer.json()]).toMatchObject([
      500,
      { code: 'STORE_REWOUND', retryable: false },
    ]);
    const advanced = await fetch(`${nodes[0]!.httpUrl}/api/keys/default/advance`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ by: '1000000' }),
    });
    expect(advanced.status).toBe(200);
    await moreIds(load, 1_000);
    await load.stop();
    expect(load.twice()).toEqual([]);
  });

  it('gives no id twice without a witness where one node has given all', async () => {
    await start(1, {});
    load = new NotingLoad(nodes, 'default', 20);
    await moreIds(load, 500);
    const backup = await backUp(mysql, database);
    await moreIds(load, 3_000);
    await backup.restore();
    await expect.poll(() => lines('rewind').length, slow).toBe(1);
    await moreIds(load, 3_000);
    await load.stop();
    expect(load.twice()).toEqual([]);
    expect(load.refusals).toEqual([]);
  });
});

describe('a SQLite file that is put back while the node is stopped', () => {
  it('gives no id twice', async () => {
    const dataDir = temporaryFolder('rewound');
    const file = join(dataDir, 'idun.db');
    const seen: string[] = [];
    const run = async () => {
      const node = await startIdun({ dataDir });
      nodes.push(node);
      for (let i = 0; i < 3; i++) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const answer = await fetch(`${node.httpUrl}/api/segment/get/default?count=700`);
        // oxlint-disable-next-line no-await-in-loop -- the same
        seen.push(...((await answer.json()) as string[]));
      }
      node.signal('SIGTERM');
      await node.exited;
    };
    await run();
    copyFileSync(file, `${file}.backup`);
    await run();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    copyFileSync(`${file}.backup`, file);
    await run();
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(3 * 2_100);
    expect(lines('rewind')).toHaveLength(1);
  });
});
