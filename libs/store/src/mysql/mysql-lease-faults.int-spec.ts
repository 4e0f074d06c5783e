import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LeaseRecord } from '#core';
import { expectDisjoint } from '../../../testing/src/range-lease-load.js';
import {
  startMySql,
  startTcpProxy,
  type DatabaseServer,
  type TcpProxy,
} from '../../../testing/src/servers/index.js';
import { openStore, type Store } from '../index.js';

const log = { info: () => undefined, warn: () => undefined };
const CALLERS = 8;
const SIZE = 10;

describe('range leases of a MySQL server in trouble', () => {
  let server: DatabaseServer;
  let proxy: TcpProxy;
  let database: string;
  let store: Store;
  beforeAll(async () => void (server = await startMySql()));
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = await server.createDatabase();
    proxy = await startTcpProxy({ host: server.host, port: server.port });
    store = await openStore(server.url(database).replace(/:\d+\//, `:${proxy.port}/`), { log });
    await store.ready();
    return async () => {
      await store.close();
      await proxy.stop();
    };
  });

  const lease = (requestId: string, timeoutMs: number) =>
    store.leases.lease(
      {
        key: 'default',
        size: SIZE,
        requestId,
        leaseId: randomUUID(),
        needsConfirmation: false,
      },
      timeoutMs,
    );

  /** Asks under one request id until there is an answer. */
  async function leaseAtLast(requestId: string, timeoutMs: number): Promise<LeaseRecord> {
    for (const endsAt = performance.now() + 40_000; ;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
        return await lease(requestId, timeoutMs);
      } catch (error) {
        if (performance.now() > endsAt) throw error;
        // oxlint-disable-next-line no-await-in-loop
        await delay(20);
      }
    }
  }

  /** How many ranges the counter has moved by. */
  async function ranges(): Promise<number> {
    const [row] = await server.query(
      "SELECT max_id FROM leaf_alloc WHERE biz_tag = 'default'",
      database,
    );
    return (Number(row?.['max_id']) - 1) / SIZE;
  }

  it('are one for each request that timed out while it was stopped', async () => {
    const requests = Array.from({ length: CALLERS }, (_, i) => `r-${i}`);
    server.pause();
    try {
      const began = performance.now();
      const settled = await Promise.allSettled(requests.map((each) => lease(each, 300)));
      expect(performance.now() - began).toBeLessThan(3_000);
      for (const each of settled) {
        expect(each).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } });
      }
    } finally {
      server.resume();
    }
    const leases = await Promise.all(requests.map((each) => leaseAtLast(each, 5_000)));
    expectDisjoint(leases);
    expect(await ranges()).toBe(leases.length);
  });

  it('are one for each request, wherever the wire is cut', async () => {
    const leases: LeaseRecord[] = [];
    let cutting = true;
    const callers = Array.from({ length: CALLERS }, async (_, i) => {
      for (let round = 0; cutting; round++) {
        // oxlint-disable-next-line no-await-in-loop -- a caller's sequence
        leases.push(await leaseAtLast(`r-${i}-${round}`, 5_000));
      }
    });
    for (let cuts = 0; cuts < 60; cuts++) {
      // oxlint-disable-next-line no-await-in-loop
      await delay(Math.random() * 100);
      proxy.cut();
      proxy.resume();
    }
    cutting = false;
    await Promise.all(callers);
    expectDisjoint(leases);
    expect(leases.length).toBeGreaterThanOrEqual(CALLERS);
    expect(await ranges()).toBe(leases.length);
  });
});
