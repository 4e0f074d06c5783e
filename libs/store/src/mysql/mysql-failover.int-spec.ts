import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SegmentRange } from '#core';
import {
  freePort,
  startMariaDb,
  startMySql,
  type DatabaseServer,
} from '../../../testing/src/servers/index.js';
import { openStore, type Store } from '../index.js';

const UNAVAILABLE = { code: 'STORE_UNAVAILABLE' };
const B_STARTS = 1_000_001n;

let store: Store;
let warnings: object[];
const log = {
  info: () => undefined,
  warn: (details: object, message: string) => void warnings.push({ ...details, message }),
};
beforeEach(() => void (warnings = []));
afterEach(async () => {
  const began = performance.now();
  await store.close();
  expect(performance.now() - began).toBeLessThan(1_500);
});

const allocate = (timeoutMs = 300) => store.segments.allocate('default', 10, timeoutMs);

/** @param ports of 127.0.0.1, in the order in which they are tried */
async function open(database: string, ...ports: number[]): Promise<void> {
  const [first, ...others] = ports.map((port) => `127.0.0.1:${port}`);
  const failover = others.map((host) => `failover=${host}`).join('&');
  store = await openStore(`mysql://idun:idun@${first}/${database}?${failover}`, { log });
}

async function allocateWithin(ms: number): Promise<SegmentRange> {
  const endsAt = performance.now() + ms;
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop
      return await allocate(200);
    } catch (error) {
      expect(error).toMatchObject(UNAVAILABLE);
      if (performance.now() > endsAt) throw error;
      // oxlint-disable-next-line no-await-in-loop
      await delay(20);
    }
  }
}

/** Every call fails, none later than its time-out. Resolves to the cause of one. */
async function expectSilence(calls: number, timeoutMs: number): Promise<unknown> {
  const began = performance.now();
  const all = Array.from({ length: calls }, () => allocate(timeoutMs));
  const settled = await Promise.allSettled(all);
  expect(performance.now() - began).toBeLessThan(timeoutMs + 500);
  for (const each of settled)
    expect(each).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
  return all[0]!.catch((error: unknown) => Reflect.get(Object(error), 'cause'));
}

describe('a store with two servers', () => {
  let a: DatabaseServer;
  let b: DatabaseServer;
  let database: string;
  beforeAll(async () => void ([a, b] = await Promise.all([startMySql(), startMySql()])));
  afterAll(() => Promise.all([a.stop(), b.stop()]));

  // They share nothing: the ids tell which one gave them.
  beforeEach(async () => {
    database = await a.createDatabase();
    await b.createDatabase(database);
    for (const { port } of [a, b]) {
      // oxlint-disable-next-line no-await-in-loop
      await open(database, port);
      // oxlint-disable-next-line no-await-in-loop
      await store.ready();
      // oxlint-disable-next-line no-await-in-loop
      await store.close();
    }
    await b.query(`UPDATE leaf_alloc SET max_id = ${B_STARTS}`, database);
  });

  const serverOf = ({ start }: SegmentRange) => (start < B_STARTS ? 'a' : 'b');
  const readOnly = (server: DatabaseServer, is: boolean) =>
    server.query(`SET GLOBAL super_read_only = ${is}; SET GLOBAL read_only = ${is}`);
  const clientsOf = async (server: DatabaseServer) => {
    const [row] = await server.query(
      `SELECT COUNT(*) AS n FROM information_schema.processlist WHERE db = '${database}'`,
    );
    return Number(row?.['n']);
  };

  it('takes the first', async () => {
    await open(database, a.port, b.port);
    expect(serverOf(await allocate(3_000))).toBe('a');
    expect(await clientsOf(b)).toBe(0);
    expect(warnings).toEqual([]);
  });

  it('passes over one that is read-only at the start', async () => {
    await readOnly(a, true);
    try {
      await open(database, a.port, b.port);
      await store.ready();
      const ranges = await Promise.all(Array.from({ length: 8 }, () => allocate(3_000)));
      expect(new Set(ranges.map(serverOf))).toEqual(new Set(['b']));
      expect(warnings).toEqual([
        {
          store: store.name,
          from: `127.0.0.1:${a.port}`,
          to: `127.0.0.1:${b.port}`,
          reason: 'it is read-only',
          message: 'The store goes on with another server',
        },
      ]);
      expect(await clientsOf(a)).toBe(0);
    } finally {
      await readOnly(a, false);
    }
  });

  it('passes over a MariaDB that is read-only', async () => {
    const mariaDb = await startMariaDb();
    try {
      await mariaDb.createDatabase(database);
      await mariaDb.query('SET GLOBAL read_only = 1');
      await open(database, mariaDb.port, b.port);
      expect(serverOf(await allocate(3_000))).toBe('b');
      expect(warnings).toContainEqual(expect.objectContaining({ reason: 'it is read-only' }));
      await mariaDb.query('SET GLOBAL read_only = 0');
      await store.close();
      await open(database, mariaDb.port, b.port);
      expect(serverOf(await allocate(3_000))).toBe('a');
    } finally {
      await mariaDb.stop();
    }
  });

  it('leaves one that becomes read-only, with all pools', async () => {
    await open(database, a.port, b.port);
    await store.ready();
    await Promise.all(Array.from({ length: 8 }, () => allocate(3_000)));
    await readOnly(a, true);
    try {
      await expect(allocate(1_000)).rejects.toMatchObject(UNAVAILABLE);
      const ranges = await Promise.all(Array.from({ length: 8 }, () => allocate(1_000)));
      expect(new Set(ranges.map(serverOf))).toEqual(new Set(['b']));
      await expect.poll(() => clientsOf(a)).toBe(0);
    } finally {
      await readOnly(a, false);
    }
    // Writable again, it is a stranger until the other one fails.
    expect(serverOf(await allocate(1_000))).toBe('b');
  });

  it('starts where the first refuses', async () => {
    await open(database, await freePort(), b.port);
    expect(serverOf(await allocate(3_000))).toBe('b');
  });

  it('starts where the first is silent', async () => {
    a.pause();
    try {
      await open(database, a.port, b.port);
      expect(serverOf(await allocate(3_000))).toBe('b');
    } finally {
      a.resume();
    }
  });

  it('fails in time and by name while none of them works, and comes back', async () => {
    await open(database, a.port, b.port);
    await store.ready();
    await allocate(1_000);
    await Promise.all([a.kill(), b.kill()]);
    await expectSilence(50, 300);
    expect(String(await expectSilence(50, 300))).toMatch(
      new RegExp(
        `No server can be used: .*:${a.port} \\(.*ECONNREFUSED.*:${b.port} \\(.*ECONNREFUSED`,
      ),
    );
    await b.restart();
    expect(serverOf(await allocateWithin(1_000))).toBe('b');
    await a.restart();
    b.pause();
    try {
      await expectSilence(1, 200);
      expect(serverOf(await allocateWithin(2_000))).toBe('a');
      a.pause();
      await expectSilence(50, 300);
      await expectSilence(5, 100);
      b.resume();
      expect(serverOf(await allocateWithin(3_000))).toBe('b');
    } finally {
      b.resume();
      a.resume();
    }
  });

  it('leaves a server when told to, at once and for a while, and only once', async () => {
    await open(database, a.port, b.port);
    await store.ready();
    await Promise.all(Array.from({ length: 8 }, () => allocate(3_000)));
    const locked = a.query(
      "BEGIN; SELECT * FROM leaf_alloc WHERE biz_tag = 'default' FOR UPDATE; DO SLEEP(1)",
      database,
    );
    await delay(100);
    const under = allocate(20_000);
    await delay(100);
    store.passOver('it is an old primary');
    store.passOver('it is an old primary');
    await expect(under).rejects.toMatchObject({
      ...UNAVAILABLE,
      cause: { message: 'this server was left: it is an old primary' },
    });
    expect(serverOf(await allocate(1_000))).toBe('b');
    expect(warnings).toContainEqual(
      expect.objectContaining({ reason: 'it is an old primary', to: `127.0.0.1:${b.port}` }),
    );
    await locked;
    await expect.poll(() => clientsOf(a)).toBe(0);
  });

  it('connects anew to a single server when told to leave it', async () => {
    await open(database, a.port);
    await allocate(3_000);
    const ids = async () =>
      (await a.query(`SELECT id FROM information_schema.processlist WHERE db = '${database}'`)).map(
        (row) => Number(row['id']),
      );
    const before = await ids();
    store.passOver('it is an old primary');
    expect(serverOf(await allocate(1_000))).toBe('a');
    await expect.poll(async () => (await ids()).filter((id) => before.includes(id))).toEqual([]);
  });
});
