import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  databaseAt,
  startIdun,
  startZooKeeper,
  type Database,
  type IdunServer,
  type ZooKeeperServer,
} from '../../libs/testing/src/servers/index.js';
import { httpLeases, untilReady } from './lease-clients.js';

const STEP = 100;

let mysql: Database;
let zookeeper: ZooKeeperServer;
let database: string;
let env: Record<string, string>;
const nodes: IdunServer[] = [];

beforeAll(async () => {
  mysql = databaseAt(inject('mysql'));
  zookeeper = await startZooKeeper();
});

afterAll(() => zookeeper.stop());

beforeEach(async () => {
  database = await mysql.createDatabase();
});

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

async function start(): Promise<IdunServer> {
  const node = await startIdun({ env });
  nodes.push(node);
  await untilReady(node);
  return node;
}

async function stop(node: IdunServer): Promise<void> {
  node.signal('SIGTERM');
  expect(await node.exited).toEqual({ code: 0, signal: null });
  expect(node.logs()).toContain('"lost":0');
}

async function take({ httpUrl }: IdunServer, count: number): Promise<number[]> {
  const answer = await fetch(`${httpUrl}/api/segment/get/default?count=${count}`);
  const body = (await answer.json()) as string[];
  if (!answer.ok) throw new Error(JSON.stringify(body));
  return body.map(Number);
}

async function leaseOne({ httpUrl }: IdunServer): Promise<number> {
  const lease = await httpLeases(httpUrl).lease('default', 1);
  if ('code' in lease) throw new Error(lease.code);
  return Number(lease.start);
}

const oneTo = (end: number) => Array.from({ length: end }, (_, i) => i + 1);

describe.each(['with a witness', 'without one'])('what nodes did not hand out, %s', (how) => {
  beforeEach(async () => {
    env = {
      IDUN_DATABASE_URLS: mysql.url(database),
      IDUN_SEGMENT_ADAPTIVE: 'false',
      ...(how === 'with a witness' && {
        IDUN_ZOOKEEPER_CONNECT: zookeeper.connectString,
        IDUN_ZOOKEEPER_ROOT: `/idun-${randomUUID()}`,
      }),
    };
    await stop(await start());
    await mysql.query(`UPDATE leaf_alloc SET step = ${STEP} WHERE biz_tag = 'default'`, database);
  });

  it('is given by the next one, without a gap', async () => {
    const ids: number[] = [];
    for (const count of [1, 30, 60, 7]) {
      // oxlint-disable no-await-in-loop -- one node after the other
      const node = await start();
      ids.push(...(await take(node, count)));
      await stop(node);
      // oxlint-enable no-await-in-loop
    }
    expect(ids).toEqual(oneTo(98));
  });

  it('is given by others, each id once, when three nodes are rolled', async () => {
    const running = await Promise.all([start(), start(), start()]);
    const ids: number[] = [];
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < running.length; i++) {
        // oxlint-disable no-await-in-loop -- one node after the other
        for (const node of running) ids.push(...(await take(node, 23)));
        await stop(running[i]!);
        running[i] = await start();
        // oxlint-enable no-await-in-loop
      }
    }
    for (const node of running) {
      // oxlint-disable-next-line no-await-in-loop -- the same
      await stop(node);
    }
    // A node that has had nothing yet begins with the lowest of what is left.
    const next = await start();
    ids.push(...(await take(next, 1)));
    expect(ids.at(-1)).toBeLessThan(highest(ids));
    await stop(next);
    // All the rest goes to leases.
    const last = await start();
    while (ids.length < highest(ids)) {
      // oxlint-disable-next-line no-await-in-loop -- the same
      ids.push(await leaseOne(last));
    }
    expect(ids.toSorted((a, b) => a - b)).toEqual(oneTo(highest(ids)));
  });

  it('loses at most two segments of a node that is killed', async () => {
    const node = await start();
    const before = await take(node, 60);
    node.signal('SIGKILL');
    await node.exited;
    const after = await take(await start(), 1);
    expect(after[0]! - highest(before)).toBeLessThanOrEqual(2 * STEP);
  });
});

const highest = (ids: readonly number[]) => Math.max(...ids);
