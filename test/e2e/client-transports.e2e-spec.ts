import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdunError } from '#contracts';
import { TransportError } from '../../libs/client/src/errors.js';
import type {
  Connection,
  Pattern,
  Request,
} from '../../libs/client/src/transport/connection.port.js';
import { connectHttp } from '../../libs/client/src/transport/http-connection.js';
import { connectTcp } from '../../libs/client/src/transport/tcp-connection.js';
import {
  freePort,
  startIdun,
  startTcpProxy,
  type IdunServer,
} from '../../libs/testing/src/servers/index.js';
import { untilReady } from './lease-clients.js';

const signal = () => AbortSignal.timeout(20_000);

function connectionTo(node: IdunServer, transport: 'http' | 'tcp'): Connection {
  const server = { host: '127.0.0.1', weight: 1 };
  return transport === 'http'
    ? connectHttp()({ ...server, port: Number(new URL(node.httpUrl).port) })
    : connectTcp()({ ...server, port: node.tcpPort });
}

async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    return error instanceof IdunError ? error.code : error;
  }
}

let idun: IdunServer;

beforeAll(async () => {
  idun = await startIdun();
  await untilReady(idun);
});

afterAll(() => idun?.stop());

describe.each(['http', 'tcp'] as const)('the transport %s of the client', (transport) => {
  let connection: Connection;
  beforeAll(() => {
    connection = connectionTo(idun, transport);
  });
  afterAll(() => connection.close());

  const call = <P extends Pattern>(pattern: P, request: Request<P>) =>
    connection.call(pattern, request, signal());

  it('gets ids of both modes, one and many', async () => {
    for (const pattern of ['segment.get', 'snowflake.get'] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one mode after the other
      expect(await call(pattern, { key: 'default' })).toMatch(/^\d+$/);
      for (const count of [1, 10_000]) {
        // oxlint-disable-next-line no-await-in-loop
        const ids = await call(pattern, { key: 'default', count });
        expect(new Set(ids).size).toBe(count);
      }
    }
  });

  it('decodes an id', async () => {
    const id = String(await call('snowflake.get', { key: 'x' }));
    const { timestamp, ...rest } = await call('snowflake.decode', { id });
    expect(rest).toEqual({
      time: new Date(timestamp).toISOString(),
      workerId: 0,
      sequence: expect.any(Number),
    });
  });

  it('leases, leases again under the same request id, and gives back', async () => {
    const request = { key: 'default', size: 100, requestId: `of ${transport} 1` };
    const lease = await call('segment.lease', request);
    expect(await call('segment.lease', request)).toEqual(lease);
    expect(await outcomeOf(call('segment.lease', { ...request, size: 99 }))).toBe(
      'IDEMPOTENCY_CONFLICT',
    );
    const { key, leaseId, start } = lease;
    const back = { key, leaseId, from: String(BigInt(start) + 40n) };
    expect(await call('segment.return', back)).toEqual({ returned: 60 });
    expect(await outcomeOf(call('segment.return', back))).toBe('LEASE_RETURNED');
    expect(await outcomeOf(call('segment.lease', request))).toBe('LEASE_RETURNED');
    expect((await call('segment.lease', { key, size: 60 })).start).toBe(back.from);
  });

  it.each([
    'a/b',
    '.',
    '..',
    '../../health/live',
    '%',
    '%2e%2e',
    'a?b#c&d=e',
    '😀',
    '订单',
    '__proto__',
  ])('brings the key %s there as it is', async (key) => {
    const error: unknown = await call('segment.get', { key }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'KEY_NOT_FOUND', message: expect.stringContaining(key) });
    expect(await outcomeOf(call('segment.lease', { key, size: 5 }))).toBe('KEY_NOT_FOUND');
    const back = { key, leaseId: 'nobody', from: '1' };
    expect(await outcomeOf(call('segment.return', back))).toBe('LEASE_NOT_FOUND');
    expect(await call('snowflake.get', { key })).toMatch(/^\d+$/);
    expect(await outcomeOf(call('snowflake.decode', { id: key }))).toBe('ID_INVALID');
  });

  it('refuses what is no key, count, size, id or request id', async () => {
    const keys = ['', ' a', 'a\u0000b', '\ud800', 'k'.repeat(129), '😀'.repeat(10_000)];
    for (const key of keys) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await outcomeOf(call('segment.get', { key }))).toBe('KEY_INVALID');
    }
    for (const count of [0, -1, 1.5, 10_001, Number.NaN]) {
      const get = call('segment.get', { key: 'default', count });
      // oxlint-disable-next-line no-await-in-loop
      expect(await outcomeOf(get)).toBe('COUNT_INVALID');
      const lease = call('segment.lease', { key: 'default', size: count * 1_000 });
      // oxlint-disable-next-line no-await-in-loop
      if (count !== 1.5) expect(await outcomeOf(lease)).toBe('SIZE_INVALID');
    }
    for (const requestId of ['', 'x'.repeat(256), 'é', 'a\nb']) {
      const lease = call('segment.lease', { key: 'default', size: 1, requestId });
      // oxlint-disable-next-line no-await-in-loop
      expect(await outcomeOf(lease)).toBe('REQUEST_INVALID');
    }
    expect(await outcomeOf(call('snowflake.decode', { id: '9223372036854775808' }))).toBe(
      'ID_INVALID',
    );
  });

  it('says when to come back', async () => {
    const node = await startIdun({
      env: {
        IDUN_DATABASE_URLS: `mysql://nobody:p@127.0.0.1:${await freePort()}/none`,
        IDUN_SEGMENT_DEADLINE_MS: '300',
        IDUN_SEGMENT_FETCH_DEADLINE_MS: '100',
      },
    });
    const other = connectionTo(node, transport);
    await expect(
      other.call('segment.lease', { key: 'k', size: 1 }, signal()),
    ).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
      retryAfterMs: transport === 'http' ? 1_000 : undefined,
    });
    await other.close();
    await node.stop();
  });

  it('finds its way past a connection that is dead without a word', async () => {
    const port = transport === 'http' ? Number(new URL(idun.httpUrl).port) : idun.tcpPort;
    const proxy = await startTcpProxy({ host: '127.0.0.1', port });
    const connect = transport === 'http' ? connectHttp() : connectTcp();
    const other = connect({ host: proxy.host, port: proxy.port, weight: 1 });
    const get = (timeoutMs: number) =>
      other.call('segment.get', { key: 'default' }, AbortSignal.timeout(timeoutMs));
    await get(20_000);
    proxy.blackhole();
    await expect(get(700)).rejects.toThrow('timeout');
    proxy.resume();
    expect(await get(20_000)).toMatch(/^\d+$/);
    await other.close();
    await proxy.stop();
  });

  it('never gives a wrong id while a node is stopped under load', async () => {
    const node = await startIdun();
    await untilReady(node);
    const load = connectionTo(node, transport);
    const ids: string[] = [];
    const failures: unknown[] = [];
    const worker = async () => {
      while (failures.length < 500) {
        try {
          // oxlint-disable-next-line no-await-in-loop -- a caller's sequence
          ids.push(String(await load.call('segment.get', { key: 'default' }, signal())));
        } catch (error) {
          failures.push(error);
        }
      }
    };
    const workers = Array.from({ length: 100 }, worker);
    await expect.poll(() => ids.length).toBeGreaterThan(1_000);
    node.signal('SIGTERM');
    await Promise.all(workers);
    expect(await node.exited).toEqual({ code: 0, signal: null });
    const unexpected = failures.filter(
      (error) =>
        !(error instanceof TransportError) && (error as IdunError).code !== 'SHUTTING_DOWN',
    );
    expect(unexpected).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    const highest = Math.max(...ids.map(Number));
    // Every id that was given has come, but for those of calls that failed.
    expect(highest - ids.length).toBeLessThanOrEqual(failures.length);
    await load.close();
    await node.stop();
  });
});

it('a client that is not closed keeps no process alive', async () => {
  const { port } = new URL(idun.httpUrl);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['libs/testing/run-typescript.mjs', 'test/e2e/idle-client.mjs', port, String(idun.tcpPort)],
    { timeout: 20_000 },
  );
  expect(stdout).toMatch(/^\d+\n\d+\n$/);
});
