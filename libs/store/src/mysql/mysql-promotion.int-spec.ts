import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SegmentRange } from '#core';
import {
  startMySqlPrimary,
  startMySqlReplica,
  startTcpProxy,
  type MySqlReplicationServer,
} from '../../../testing/src/servers/index.js';
import { openStore } from '../index.js';

const log = { info: () => undefined, warn: () => undefined };

describe('a fail-over to a semi-synchronous replica', () => {
  let primary: MySqlReplicationServer;
  let replica: MySqlReplicationServer;
  let database: string;
  beforeEach(async () => {
    primary = await startMySqlPrimary();
    database = await primary.createDatabase();
    replica = await startMySqlReplica(primary, { semiSync: true });
    return () => Promise.all([primary.stop(), replica.stop()]);
  });

  it.each(['is killed', 'is cut off'])(
    'gives no range twice where the primary %s',
    async (fate) => {
      const proxy = await startTcpProxy({ host: primary.host, port: primary.port });
      const port = fate === 'is killed' ? primary.port : proxy.port;
      const url = `mysql://idun:idun@127.0.0.1:${port}/${database}?failover=127.0.0.1:${replica.port}`;
      const store = await openStore(url, { log });
      await store.ready();
      const ranges: SegmentRange[] = [];
      let stopped = false;
      let lastAtMs = 0;
      const callers = Array.from({ length: 6 }, async () => {
        while (!stopped) {
          const began = performance.now();
          try {
            // oxlint-disable-next-line no-await-in-loop
            ranges.push(await store.segments.allocate('default', 10, 300));
            lastAtMs = performance.now();
          } catch (error) {
            expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
            expect(performance.now() - began).toBeLessThan(800);
            // oxlint-disable-next-line no-await-in-loop
            await delay(20);
          }
        }
      });
      try {
        await expect.poll(() => ranges.length).toBeGreaterThan(100);
        if (fate === 'is killed') await primary.kill();
        else proxy.blackhole();
        await delay(2_000);
        const before = ranges.length;
        await replica.promote();
        const promotedAtMs = performance.now();
        expect(lastAtMs).toBeLessThan(promotedAtMs);
        await expect.poll(() => ranges.length, { interval: 10 }).toBeGreaterThan(before);
        expect(performance.now() - promotedAtMs).toBeLessThan(2_000);
        await expect.poll(() => ranges.length).toBeGreaterThan(before + 100);
      } finally {
        stopped = true;
        await Promise.all(callers);
        await store.close();
        await proxy.stop();
      }
      const sorted = ranges.toSorted((x, y) => Number(x.start - y.start));
      const overlaps = sorted.filter((range, i) => i > 0 && range.start < sorted[i - 1]!.end);
      expect(overlaps).toEqual([]);
    },
  );
});
