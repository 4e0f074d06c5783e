import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  freePort,
  startIdun,
  startMySql,
  type DatabaseServer,
  type IdunServer,
} from '../../libs/testing/src/servers/index.js';
import { httpCaller, idsOf, tcpCaller, type Caller, type Outcome } from './clients.js';

const DEADLINE_MS = 2_000;

let mysql: DatabaseServer;
let idun: IdunServer | undefined;
const given: string[] = [];

beforeAll(async () => {
  mysql = await startMySql();
});

afterAll(() => mysql.stop());

afterEach(async () => {
  await idun?.stop();
  const all = given.splice(0);
  expect(new Set(all).size).toBe(all.length);
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function nodeWith(rows: string, env: Record<string, string> = {}): Promise<IdunServer> {
  const database = await mysql.createDatabase();
  idun = await startIdun({ env: { IDUN_DATABASE_URLS: mysql.url(database), ...env } });
  await expect.poll(() => health(idun!), { timeout: 15_000 }).toBe(200);
  await mysql.query(`INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ${rows}`, database);
  return idun;
}

const health = async (node: IdunServer, probe = 'ready') =>
  (await fetch(`${node.httpUrl}/health/${probe}`)).status;

const readiness = async (node: IdunServer): Promise<unknown> =>
  (await fetch(`${node.httpUrl}/health/ready`)).json();

/** One call, how it ended, and how long that took. */
async function timed(caller: Caller, mode: 'segment' | 'snowflake', key: string, count?: number) {
  const begin = performance.now();
  const outcome = await caller.get(mode, key, count);
  if ('ids' in outcome) given.push(...idsOf(outcome).map((id) => `${key} ${id}`));
  return { outcome, ms: performance.now() - begin };
}

async function takeAll(caller: Caller, key: string): Promise<number> {
  let taken = 0;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- until there are no more
    const { outcome } = await timed(caller, 'segment', key);
    if ('code' in outcome) return taken;
    taken++;
  }
}

/** Until ids of `key` flow again, as a caller who asks all the time sees it. */
async function untilRecovered(caller: Caller, key: string): Promise<number> {
  const begin = performance.now();
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- until it succeeds
    const { outcome } = await timed(caller, 'segment', key);
    if ('ids' in outcome) return performance.now() - begin;
  }
}

const outages = [
  ['stopped with SIGSTOP', async () => mysql.pause(), async () => mysql.resume()],
  ['killed', () => mysql.kill(), () => mysql.restart()],
] as const;

describe.each(outages)('with the database %s', (_name, begin, end) => {
  it('serves what is buffered, refuses within the deadline, touches nothing else, and recovers within 1 s', async () => {
    const node = await nodeWith("('small', 1, 10), ('large', 1, 100000)", {
      IDUN_SEGMENT_ADAPTIVE: 'false',
      IDUN_WORKER_TTL_MS: '60000',
    });
    const http = httpCaller(node.httpUrl);
    const tcp = tcpCaller(node.tcpPort);
    await timed(http, 'segment', 'small');
    await timed(http, 'segment', 'large', 100);
    await sleep(300);

    await begin();
    try {
      expect(await takeAll(http, 'small')).toBeGreaterThanOrEqual(9);
      const refused = await Promise.all(
        Array.from({ length: 20 }, (_, i) => timed(i % 2 ? http : tcp, 'segment', 'small')),
      );
      for (const { outcome, ms } of refused) {
        expect(outcome).toEqual({ code: 'SEGMENT_NOT_READY', retryable: true });
        expect(ms).toBeLessThan(DEADLINE_MS + 500);
      }
      const response = await fetch(`${node.httpUrl}/api/segment/get/small`);
      expect(response.status).toBe(503);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);

      for (const caller of [http, tcp]) {
        for (const [mode, key] of [
          ['segment', 'large'],
          ['snowflake', 'x'],
        ] as const) {
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          const { outcome, ms } = await timed(caller, mode, key);
          expect(outcome).toEqual({ ids: expect.any(String) });
          expect(ms).toBeLessThan(500);
        }
      }
      expect(await health(node, 'live')).toBe(200);
      expect(await health(node, 'ready')).toBe(503);
      const unknown = await timed(http, 'segment', 'never-seen');
      expect(unknown.outcome).toEqual({ code: 'STORE_UNAVAILABLE', retryable: true });
    } finally {
      await end();
    }
    expect(await untilRecovered(http, 'small')).toBeLessThan(1_000);
    // For up to 2 s a node remembers that a key had nothing to give, also one that nobody asks for any more.
    await expect.poll(() => readiness(node), { timeout: 3_000 }).toMatchObject({ status: 'ok' });
    tcp.close();
  });
});

describe('with the database down at the start', () => {
  it('listens, is live but not ready, and becomes ready by itself', async () => {
    const database = await mysql.createDatabase();
    await mysql.kill();
    idun = await startIdun({ env: { IDUN_DATABASE_URLS: mysql.url(database) } });
    const http = httpCaller(idun.httpUrl);
    expect(await health(idun, 'live')).toBe(200);
    expect(await health(idun, 'ready')).toBe(503);
    const { outcome, ms } = await timed(http, 'segment', 'default');
    expect(outcome).toEqual({ code: 'STORE_UNAVAILABLE', retryable: true });
    expect(ms).toBeLessThan(DEADLINE_MS + 500);
    expect(await http.get('snowflake', 'x')).toEqual({
      code: 'WORKER_LEASE_LOST',
      retryable: true,
    });
    await mysql.restart();
    expect(await untilRecovered(http, 'default')).toBeLessThan(3_000);
    await expect.poll(() => health(idun!), { timeout: 3_000 }).toBe(200);
  });

  it('keeps serving snowflake ids with a static worker id, where no database ever answers', async () => {
    const url = `mysql://nobody:secret@127.0.0.1:${await freePort()}/none`;
    idun = await startIdun({
      env: { IDUN_DATABASE_URLS: url, IDUN_WORKER_LEASE: 'static', IDUN_WORKER_ID: '3' },
    });
    const http = httpCaller(idun.httpUrl);
    await expect
      .poll(() => http.get('snowflake', 'x'), { timeout: 5_000 })
      .toEqual({ ids: expect.any(String) });
    expect(await health(idun)).toBe(503);
    expect(idun.logs()).not.toContain('secret');
  });
});

describe('under steady load, once the step has settled', () => {
  it('a stop of the database of 60 s fails nobody', { timeout: 180_000 }, async () => {
    const node = await nodeWith("('steady', 1, 100)");
    const callers = [httpCaller(node.httpUrl), tcpCaller(node.tcpPort)];
    const failures: Outcome[] = [];
    let calls = 0;
    let running = true;
    const load = callers.map(async (caller) => {
      while (running) {
        // oxlint-disable-next-line no-await-in-loop -- a steady pace
        const { outcome } = await timed(caller, 'segment', 'steady');
        calls++;
        if ('code' in outcome) failures.push(outcome);
        // oxlint-disable-next-line no-await-in-loop
        await sleep(5);
      }
    });
    await sleep(15_000);
    mysql.pause();
    try {
      const before = calls;
      await sleep(60_000);
      expect(calls - before).toBeGreaterThan(60 * 50);
      // A minute is far beyond the lease; ids that are in memory are given all the same.
      expect(await health(node)).toBe(503);
    } finally {
      mysql.resume();
    }
    await sleep(3_000);
    running = false;
    await Promise.all(load);
    expect(failures).toEqual([]);
    expect(await health(node)).toBe(200);
  });
});

describe('an unknown key', () => {
  it('costs the database one read per interval, and is seen within a second once inserted', async () => {
    const node = await nodeWith("('known', 1, 10)");
    const http = httpCaller(node.httpUrl);
    const reads = async () =>
      Number((await mysql.query("SHOW GLOBAL STATUS LIKE 'Com_select'"))[0]!['Value']);
    expect(await http.get('segment', 'new')).toMatchObject({ code: 'KEY_NOT_FOUND' });
    const before = await reads();
    const begin = performance.now();
    while (performance.now() - begin < 1_900) {
      // oxlint-disable-next-line no-await-in-loop -- as fast as it goes
      await http.get('segment', 'new');
    }
    // One in each half second, and what renews the worker id beside it.
    expect((await reads()) - before).toBeLessThan(12);

    const [{ db } = { db: '' }] = await mysql.query(
      "SELECT table_schema AS db FROM information_schema.tables WHERE table_name = 'leaf_alloc' ORDER BY create_time DESC LIMIT 1",
    );
    await mysql.query(
      "INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('new', 1, 10)",
      String(db),
    );
    await sleep(1_000);
    expect(await http.get('segment', 'new')).toEqual({ ids: '1' });
  });
});
