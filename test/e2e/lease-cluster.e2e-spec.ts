import { randomInt, randomUUID } from 'node:crypto';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { SegmentRange } from '#core';
import { expectDisjoint } from '../../libs/testing/src/range-lease-load.js';
import {
  databaseAt,
  startIdun,
  startTcpProxy,
  type Database,
  type IdunServer,
} from '../../libs/testing/src/servers/index.js';
import { httpCaller, idsOf } from './clients.js';
import { given, httpLeases, tcpLeases, untilReady, type LeaseCaller } from './lease-clients.js';

let mysql: Database;
let database: string;
let nodes: IdunServer[];
let callers: LeaseCaller[];
/** Of each test its own, as nodes keep ids of a key in memory. */
let key: string;

beforeAll(async () => {
  mysql = databaseAt(inject('mysql'));
  database = await mysql.createDatabase();
  const env = {
    IDUN_DATABASE_URLS: mysql.url(database),
    // A lock that a test holds must not end a call before it is let go.
    IDUN_SEGMENT_DEADLINE_MS: '30000',
  };
  nodes = await Promise.all([startIdun({ env }), startIdun({ env })]);
  await Promise.all(nodes.map(untilReady));
  callers = nodes.flatMap(({ httpUrl, tcpPort }) => [httpLeases(httpUrl), tcpLeases(tcpPort)]);
});

afterAll(async () => {
  for (const caller of callers ?? []) caller.close();
  await Promise.all((nodes ?? []).map((node) => node.stop()));
});

beforeEach(async () => {
  key = `order-${randomUUID()}`;
  await mysql.query(
    `INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('${key}', 1, 10)`,
    database,
  );
});

async function maxId(): Promise<string> {
  const [row] = await mysql.query(
    `SELECT max_id FROM leaf_alloc WHERE biz_tag = '${key}'`,
    database,
  );
  return String(row?.['max_id']);
}

async function connection(): Promise<Connection> {
  const { host, port, user, password } = mysql;
  const big = { supportBigNumbers: true, bigNumberStrings: true };
  return createConnection({ host, port, user, password, database, ...big });
}

/** Runs `work` while somebody else holds the row of the key. */
async function whileLocked(work: () => Promise<void>): Promise<void> {
  const locker = await connection();
  try {
    await locker.query('START TRANSACTION');
    await locker.query(`SELECT * FROM leaf_alloc WHERE biz_tag = '${key}' FOR UPDATE`);
    await work();
    await locker.query('COMMIT');
  } finally {
    locker.destroy();
  }
}

/** How many calls of nodes have come as far as that row. Not by `innodb_trx`: read too often, it shows no news. */
async function waiting(): Promise<number> {
  const [row] = await mysql.query(
    `SELECT COUNT(*) AS n FROM information_schema.processlist
     WHERE db = '${database}' AND info LIKE 'SELECT%leaf_alloc%${key}%FOR UPDATE%'`,
  );
  return Number(row?.['n']);
}

describe('a lease whose answer was cut off', () => {
  it('is the same under its request id at another node, and the store moved once', async () => {
    const [first, second] = nodes as [IdunServer, IdunServer];
    const proxy = await startTcpProxy({
      host: '127.0.0.1',
      port: Number(new URL(first.httpUrl).port),
    });
    try {
      await whileLocked(async () => {
        const cutOff = httpLeases(`http://127.0.0.1:${proxy.port}`)
          .lease(key, 100, 'r-1')
          .catch((error: unknown) => error);
        await expect.poll(waiting, { timeout: 20_000 }).toBe(1);
        proxy.cut();
        expect(await cutOff).toBeInstanceOf(TypeError);
      });
      await expect.poll(maxId, { timeout: 20_000 }).toBe('101');
      const again = given(await httpLeases(second.httpUrl).lease(key, 100, 'r-1'));
      expect(again).toMatchObject({ start: '1', end: '101' });
      expect(await httpLeases(first.httpUrl).lease(key, 100, 'r-1')).toEqual(again);
      expect(await maxId()).toBe('101');
    } finally {
      await proxy.stop();
    }
  });

  it('is the same where both nodes are asked at once', async () => {
    let answers: Promise<unknown[]> | undefined;
    await whileLocked(async () => {
      answers = Promise.all(callers.map((caller) => caller.lease(key, 100, 'r-2')));
      await expect.poll(waiting, { timeout: 20_000 }).toBe(callers.length);
    });
    const [first, ...others] = (await answers)!;
    expect(first).toMatchObject({ start: '1', end: '101' });
    for (const other of others) expect(other).toEqual(first);
    expect(await maxId()).toBe('101');
  });
});

describe('a range that was returned', () => {
  it('is the next one leased, at any node, where nothing was given above', async () => {
    const { leaseId } = given(await callers[0]!.lease(key, 100));
    expect(await callers[1]!.giveBack(key, { leaseId, from: '1' })).toEqual({ returned: 100 });
    expect(await maxId()).toBe('1');
    expect(await callers[2]!.lease(key, 100)).toMatchObject({ start: '1', end: '101' });
  });

  it('and where ids were given above, also by a Leaf', async () => {
    const { leaseId } = given(await callers[0]!.lease(key, 100));
    const leaf = await connection();
    expect(await leafSegment(leaf)).toEqual({ start: 101n, end: 111n });
    leaf.destroy();
    expect(await callers[3]!.giveBack(key, { leaseId, from: '41' })).toEqual({ returned: 60 });
    expect(await callers[2]!.lease(key, 60)).toMatchObject({ start: '41', end: '101' });
    expect(await maxId()).toBe('111');
  });
});

/** As Meituan Leaf takes one. */
async function leafSegment(leaf: Connection): Promise<SegmentRange> {
  await leaf.beginTransaction();
  await leaf.query(`UPDATE leaf_alloc SET max_id = max_id + step WHERE biz_tag = '${key}'`);
  const [rows] = await leaf.query<RowDataPacket[]>(
    `SELECT max_id, step FROM leaf_alloc WHERE biz_tag = '${key}'`,
  );
  await leaf.commit();
  const end = BigInt(String(rows[0]!['max_id']));
  return { start: end - BigInt(String(rows[0]!['step'])), end };
}

const ROUNDS = 25;

/** Leases, uses some, and gives the rest back, now and then by two calls at once. */
async function leaser(i: number, used: SegmentRange[]): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const size = randomInt(1, 40);
    const asked = callers.slice(0, 1 + (round % callers.length));
    // oxlint-disable-next-line no-await-in-loop -- a caller's sequence
    const leases = await Promise.all(
      asked.map((caller) => caller.lease(key, size, `${i} ${round}`)),
    );
    const lease = given(leases[0]!);
    for (const other of leases) expect(other).toEqual(lease);
    const start = BigInt(lease.start);
    const from = start + BigInt(randomInt(0, size + 1));
    used.push({ start, end: from });
    const request = { leaseId: lease.leaseId, from: String(from) };
    // oxlint-disable-next-line no-await-in-loop
    const returns = await Promise.all(asked.map((caller) => caller.giveBack(key, request)));
    expect(returns.filter((each) => !('code' in each))).toEqual([
      { returned: Number(BigInt(lease.end) - from) },
    ]);
  }
}

async function getter(node: IdunServer, used: SegmentRange[]): Promise<void> {
  const caller = httpCaller(node.httpUrl);
  for (let round = 0; round < 4 * ROUNDS; round++) {
    // oxlint-disable-next-line no-await-in-loop
    for (const id of idsOf(await caller.get('segment', key, randomInt(1, 20)))) {
      used.push({ start: BigInt(id), end: BigInt(id) + 1n });
    }
  }
}

async function leafServer(used: SegmentRange[]): Promise<void> {
  const leaf = await connection();
  // oxlint-disable-next-line no-await-in-loop
  for (let round = 0; round < 4 * ROUNDS; round++) used.push(await leafSegment(leaf));
  leaf.destroy();
}

describe('leases, returns, single ids and a Leaf on one key, all at once', () => {
  it('get no id twice', async () => {
    const used: SegmentRange[] = [];
    await Promise.all([
      ...Array.from({ length: 4 }, (_, i) => leaser(i, used)),
      ...nodes.map((node) => getter(node, used)),
      leafServer(used),
    ]);
    expect(used.length).toBeGreaterThan(4 * ROUNDS + 8 * ROUNDS + 4 * ROUNDS - 1);
    expectDisjoint(used);
  });
});
