import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  startIdun,
  startMySql,
  type DatabaseServer,
  type IdunServer,
} from '../../libs/testing/src/servers/index.js';
import { httpCaller, idsOf, readyStatus, tcpCaller, type Outcome } from './clients.js';

let mysql: DatabaseServer;
let idun: IdunServer;

beforeAll(async () => {
  mysql = await startMySql();
});

afterAll(async () => {
  await idun?.stop();
  await mysql.stop();
});

beforeEach(async () => {
  await idun?.stop();
  const database = await mysql.createDatabase();
  idun = await startIdun({ env: { IDUN_DATABASE_URLS: mysql.url(database) } });
  await expect.poll(() => readyStatus(idun), { timeout: 15_000 }).toBe(200);
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A call that waits for a store that does not answer. */
async function slowCallUnderWay(transport: 'http' | 'tcp'): Promise<Promise<Outcome>[]> {
  const caller = transport === 'http' ? httpCaller(idun.httpUrl) : tcpCaller(idun.tcpPort);
  // Opens the connection, and is not slow.
  await caller.get('snowflake', 'warm-up');
  mysql.pause();
  // Its threads stop one after the other, and one of them could still answer the look-up of the key.
  await sleep(100);
  const call = caller.get('segment', 'default');
  await sleep(200);
  return [call];
}

describe.each(['http', 'tcp'] as const)(
  'on SIGTERM with a slow call in flight over %s',
  (transport) => {
    it('answers it, with its ids when they still come, and exits 0', async () => {
      const [call] = await slowCallUnderWay(transport);
      idun.signal('SIGTERM');
      await sleep(300);
      mysql.resume();
      expect(idsOf(await call!)).toHaveLength(1);
      expect(await idun.exited).toEqual({ code: 0, signal: null });
    });

    it('answers it with an error at its deadline, and exits 0 within the time to shut down', async () => {
      const [call] = await slowCallUnderWay(transport);
      const begin = performance.now();
      idun.signal('SIGTERM');
      try {
        expect(await call).toEqual({ code: 'STORE_UNAVAILABLE', retryable: true });
        expect(await idun.exited).toEqual({ code: 0, signal: null });
      } finally {
        mysql.resume();
      }
      expect(performance.now() - begin).toBeLessThan(10_000);
    });
  },
);

describe('on SIGTERM', () => {
  it('accepts no more connections and refuses new calls on open ones, while one is in flight', async () => {
    const tcp = tcpCaller(idun.tcpPort);
    await tcp.get('snowflake', 'x');
    mysql.pause();
    const slow = tcp.get('segment', 'default');
    await sleep(100);
    idun.signal('SIGTERM');
    await sleep(300);
    expect(await tcp.get('snowflake', 'x')).toEqual({ code: 'SHUTTING_DOWN', retryable: true });
    for (const port of [idun.tcpPort, Number(new URL(idun.httpUrl).port)]) {
      // oxlint-disable-next-line no-await-in-loop -- one port after the other
      await expect(connected(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    }
    mysql.resume();
    expect(idsOf(await slow)).toHaveLength(1);
    expect(await idun.exited).toEqual({ code: 0, signal: null });
  });

  it('loses no call of callers that go on until the connection is closed', async () => {
    const outcomes: (Outcome | 'closed')[] = [];
    const callers = Array.from({ length: 16 }, async (_, i) => {
      const caller = i % 2 === 0 ? httpCaller(idun.httpUrl) : tcpCaller(idun.tcpPort);
      for (;;) {
        try {
          // oxlint-disable-next-line no-await-in-loop -- a caller's sequence
          const outcome = await caller.get('segment', 'default');
          outcomes.push(outcome);
          if ('code' in outcome) return;
        } catch {
          outcomes.push('closed');
          return;
        }
      }
    });
    await expect.poll(() => outcomes.length, { timeout: 20_000 }).toBeGreaterThan(100);
    idun.signal('SIGTERM');
    await Promise.all(callers);
    expect(await idun.exited).toEqual({ code: 0, signal: null });
    const codes = outcomes.flatMap((each) =>
      each !== 'closed' && 'code' in each ? [each.code] : [],
    );
    expect(codes.filter((code) => code !== 'SHUTTING_DOWN')).toEqual([]);
    const ids = outcomes.flatMap((each) => (each !== 'closed' && 'ids' in each ? each.ids : []));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(50);
  });

  it('gives up on idle and half-open connections', async () => {
    const socket = connect(idun.tcpPort, '127.0.0.1');
    socket.write('100#{"pat');
    await sleep(100);
    const begin = performance.now();
    idun.signal('SIGINT');
    expect(await idun.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - begin).toBeLessThan(10_000);
    socket.destroy();
  });
});

function connected(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
}
