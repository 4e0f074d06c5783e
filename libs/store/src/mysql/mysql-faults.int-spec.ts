import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SegmentRange } from '#core';
import {
  startMySql,
  startTcpProxy,
  type DatabaseServer,
  type TcpProxy,
} from '../../../testing/src/servers/index.js';
import { openStore, type Store } from '../index.js';

const log = { info: () => undefined, warn: () => undefined };
const UNAVAILABLE = { code: 'STORE_UNAVAILABLE' };

describe('a MySQL server in trouble', () => {
  let server: DatabaseServer;
  let database: string;
  let store: Store;
  beforeAll(async () => void (server = await startMySql()));
  afterAll(() => server.stop());
  beforeEach(async () => void (database = await server.createDatabase()));

  const allocate = (timeoutMs = 300, from = store) =>
    from.segments.allocate('default', 10, timeoutMs);

  async function withStore(url: string, work: () => Promise<void>): Promise<void> {
    store = await openStore(url, { log });
    try {
      await work();
    } finally {
      const began = performance.now();
      await store.close();
      expect(performance.now() - began).toBeLessThan(1_500);
    }
  }

  /** Every call fails with STORE_UNAVAILABLE, none later than its time-out. */
  async function expectSilence(calls: number, timeoutMs: number): Promise<void> {
    const began = performance.now();
    const settled = await Promise.allSettled(
      Array.from({ length: calls }, () => allocate(timeoutMs)),
    );
    expect(performance.now() - began).toBeLessThan(timeoutMs + 500 + calls / 2);
    for (const each of settled)
      expect(each).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
  }

  async function allocateWithin(ms: number): Promise<SegmentRange> {
    const endsAt = performance.now() + ms;
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop
        return await allocate(200);
      } catch (error) {
        if (performance.now() > endsAt) throw error;
        // oxlint-disable-next-line no-await-in-loop
        await delay(20);
      }
    }
  }

  it('settles in time while the server is stopped, and works within a second after', () =>
    withStore(server.url(database), async () => {
      await store.ready();
      const before = await allocate(2_000);
      server.pause();
      try {
        await expectSilence(20, 300);
        await expectSilence(2_000, 300);
        await delay(1_000);
        await expectSilence(5, 100);
      } finally {
        server.resume();
      }
      const after = await allocateWithin(1_000);
      expect(after.start).toBeGreaterThanOrEqual(before.end);
      const ranges = await Promise.all(Array.from({ length: 20 }, () => allocate(2_000)));
      expect(new Set(ranges.map(({ start }) => start)).size).toBe(20);
      const [row] = await server.query(
        `SELECT COUNT(*) AS n FROM information_schema.processlist WHERE db = '${database}'`,
      );
      expect(Number(row?.['n'])).toBeLessThanOrEqual(8);
    }));

  it('counts an allocation without an answer as burned', () =>
    withStore(server.url(database), async () => {
      await store.ready();
      await allocate(2_000);
      server.pause();
      try {
        await expectSilence(1, 200);
      } finally {
        server.resume();
      }
      await delay(300);
      // The stopped server carried it out when it woke up.
      expect(await allocate(2_000)).toMatchObject({ start: 21n, end: 31n });
    }));

  it('works again after a crash and a restart', () =>
    withStore(server.url(database), async () => {
      await store.ready();
      expect(await allocate(2_000)).toMatchObject({ start: 1n, end: 11n });
      await server.kill();
      await expectSilence(50, 300);
      await server.restart();
      // One that timed out may have been carried out all the same.
      const { start, end } = await allocateWithin(1_000);
      expect(start).toBeGreaterThanOrEqual(11n);
      expect(end - start).toBe(10n);
    }));

  it('outlasts a server that has too many connections', async () => {
    const { host, port, user, password } = server;
    // A second server, so that the first is left for it.
    const url = `${server.url(database)}?failover=127.0.0.1:9`;
    await withStore(url, async () => {
      await allocateWithin(2_000);
      const holders = await Promise.all(
        Array.from({ length: 3 }, () => createConnection({ host, port, user, password })),
      );
      try {
        await holders[0]!.query('SET GLOBAL max_connections = 1');
        store.passOver('a test');
        await expectSilence(20, 300);
      } finally {
        await holders[0]!.query('SET GLOBAL max_connections = DEFAULT');
        for (const holder of holders) holder.destroy();
      }
      expect((await allocateWithin(2_000)).start).toBeGreaterThan(1n);
    });
  });

  it('starts without a server and is ready soon after it is there', async () => {
    await server.kill();
    await withStore(server.url(database), async () => {
      await expectSilence(50, 200);
      const failure = await allocate(100).catch((error: unknown) => error);
      expect(Reflect.get(Object(failure), 'cause')).toMatchObject({ code: 'ECONNREFUSED' });
      expect(store.status()).toMatchObject({
        state: 'connecting',
        lastError: { code: 'ECONNREFUSED' },
      });
      await server.restart();
      const began = performance.now();
      await store.ready();
      expect(performance.now() - began).toBeLessThan(2_000);
      expect(await allocate(2_000)).toMatchObject({ start: 1n, end: 11n });
    });
  });

  it('starts while the server is stopped', async () => {
    server.pause();
    try {
      await withStore(server.url(database), async () => {
        await expectSilence(10, 300);
        await delay(2_500);
        await expectSilence(10, 100);
        server.resume();
        await store.ready();
        // None of the calls before reached the server.
        expect(await allocate(2_000)).toMatchObject({ start: 1n, end: 11n });
      });
    } finally {
      server.resume();
    }
  });

  it('waits for one row that somebody has locked, and for nothing else', () =>
    withStore(server.url(database), async () => {
      await store.ready();
      await server.query("INSERT INTO leaf_alloc (biz_tag, step) VALUES ('free', 5)", database);
      const locked = server.query(
        "BEGIN; SELECT * FROM leaf_alloc WHERE biz_tag = 'default' FOR UPDATE; SELECT SLEEP(1)",
        database,
      );
      await delay(200);
      await expectSilence(3, 200);
      expect(await store.segments.allocate('free', 5, 500)).toMatchObject({ start: 1n, end: 6n });
      await locked;
      expect((await allocateWithin(1_000)).start).toBeGreaterThan(0n);
    }));

  describe('behind a network that fails', () => {
    let proxy: TcpProxy;
    beforeEach(async () => {
      proxy = await startTcpProxy({ host: server.host, port: server.port });
      return () => proxy.stop();
    });
    const url = () => server.url(database).replace(/:\d+\//, `:${proxy.port}/`);

    it.each(['blackhole', 'pause', 'cut'] as const)('survives a %s', (fault) =>
      withStore(url(), async () => {
        await store.ready();
        await Promise.all(Array.from({ length: 8 }, () => allocate(2_000)));
        proxy[fault]();
        await expectSilence(50, 300);
        await delay(500);
        await expectSilence(50, 300);
        proxy.resume();
        // Handshakes that a black hole swallowed first have to time out.
        expect(
          (await allocateWithin(fault === 'blackhole' ? 2_000 : 1_000)).start,
        ).toBeGreaterThanOrEqual(81n);
      }),
    );
  });
});
