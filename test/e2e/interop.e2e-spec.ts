import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { MAX_COUNT, PATTERN, type RangeLease } from '#contracts';
import {
  databaseAt,
  freePort,
  startIdun,
  startTcpProxy,
  type IdunServer,
  type TcpProxy,
} from '../../libs/testing/src/servers/index.js';
import {
  findNest,
  startPlainProxy,
  type Outcome,
  type PlainProxy,
} from '../interop/client-proxy.fixture.js';
import { readyStatus } from './clients.js';
import { untilReady } from './lease-clients.js';

const slow = { timeout: 60_000, interval: 50 };
const ID = expect.stringMatching(/^\d+$/) as string;
const KEYS = {
  'another script': '订单',
  'letters of a URL': 'заказ 1/2?a=b#%41',
  'as many characters as it may have': '🚀'.repeat(128),
};
/** Only leases of it are asked for, so that nothing is prefetched. */
const LEASED = 'leased';

function valueOf(outcome: Outcome): unknown {
  if (!('value' in outcome)) throw new Error(`no reply: ${JSON.stringify(outcome)}`);
  return outcome.value;
}

const refused = (code: string, about = '', retryable = false) => ({
  error: { code, message: expect.stringContaining(about) as string, retryable },
});

let wire: TcpProxy;
let env: Record<string, string>;
let idun: IdunServer;

beforeAll(async () => {
  const mysql = databaseAt(inject('mysql'));
  const database = await mysql.createDatabase();
  wire = await startTcpProxy(mysql);
  const url = databaseAt({ ...inject('mysql'), port: wire.port }).url(database);
  env = {
    IDUN_DATABASE_URLS: url,
    IDUN_TCP_PORT: String(await freePort()),
    // A busy machine must not be taken for a store that does not answer.
    IDUN_SEGMENT_DEADLINE_MS: '30000',
    IDUN_SEGMENT_FETCH_DEADLINE_MS: '20000',
    IDUN_SHUTDOWN_MS: '30000',
  };
  idun = await startIdun({ env });
  await untilReady(idun);
  const rows = [...Object.values(KEYS), LEASED].map((key) => `('${key}', 1, 1000)`).join();
  await mysql.query(`INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ${rows}`, database);
});

afterEach(() => wire.resume());
afterAll(async () => {
  await idun?.stop();
  await wire?.stop();
});

describe.each([10, 12] as const)('a plain ClientProxy of Nest %d', (major) => {
  let proxy: PlainProxy;
  beforeAll(async () => void (proxy = startPlainProxy(await findNest(major), idun.tcpPort)));
  afterAll(() => proxy?.stop());

  const value = async <T>(pattern: string, data: unknown) =>
    valueOf(await proxy.send(pattern, data)) as T;

  it('is of that version', () => {
    expect(proxy.version.split('.')[0]).toBe(String(major));
  });

  it.each([
    [PATTERN.segmentGet, 500],
    [PATTERN.snowflakeGet, MAX_COUNT],
  ])('gets one id of %s, or as many as it asks for, up to %d', async (pattern, many) => {
    const key = 'default';
    expect(await proxy.send(pattern, { key })).toEqual({ value: ID });
    for (const count of [1, many]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const ids = await value<string[]>(pattern, { key, count });
      expect(ids).toEqual(Array.from({ length: count }, () => ID));
      expect(new Set(ids).size).toBe(count);
    }
    expect(await proxy.send(pattern, { key, count: 0 })).toEqual(refused('COUNT_INVALID'));
  });

  it('leases a range, gets it again under the same request id, and gives back the rest', async () => {
    const request = { key: LEASED, size: 100, requestId: `order 17/${major}` };
    const lease = await value<RangeLease>(PATTERN.segmentLease, request);
    const end = String(BigInt(lease.start) + 100n);
    expect(lease).toEqual({ key: LEASED, start: ID, end, leaseId: expect.any(String) });
    expect(await value(PATTERN.segmentLease, request)).toEqual(lease);
    expect(await proxy.send(PATTERN.segmentLease, { ...request, size: 99 })).toEqual(
      refused('IDEMPOTENCY_CONFLICT'),
    );
    const rest = { leaseId: lease.leaseId, from: String(BigInt(end) - 60n) };
    expect(await value(PATTERN.segmentReturn, rest)).toEqual({ returned: 60 });
    expect(await proxy.send(PATTERN.segmentReturn, rest)).toEqual(refused('LEASE_RETURNED'));
    const next = await value<RangeLease>(PATTERN.segmentLease, { key: LEASED, size: 60 });
    expect(next).toMatchObject({ start: rest.from, end });
  });

  it('decodes an id and asks for health', async () => {
    const id = await value<string>(PATTERN.snowflakeGet, { key: 'x' });
    const decoded = await value<{ timestamp: number }>(PATTERN.snowflakeDecode, { id });
    expect(decoded).toMatchObject({ workerId: expect.any(Number), sequence: expect.any(Number) });
    expect(Math.abs(decoded.timestamp - Date.now())).toBeLessThan(60_000);
    const byHttp = await fetch(`${idun.httpUrl}/api/snowflake/decode/${id}`);
    expect(await byHttp.json()).toEqual(decoded);
    expect(await value(PATTERN.health, {})).toMatchObject({ status: 'ok' });
  });

  it("gets the contract's errors as objects, and Nest's own answer to an unknown pattern", async () => {
    for (const pattern of [PATTERN.segmentGet, PATTERN.segmentLease]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const outcome = await proxy.send(pattern, { key: 'никто', size: 5 });
      expect(outcome).toEqual(refused('KEY_NOT_FOUND', 'никто'));
    }
    expect(await proxy.send(PATTERN.snowflakeDecode, { id: 'x' })).toEqual(refused('ID_INVALID'));
    expect(await proxy.send('no.such.pattern', {})).toEqual({
      error: 'There is no matching message handler defined in the remote service.',
    });
  });

  it('consumes nothing with an event', async () => {
    const id = () => value<string>(PATTERN.segmentGet, { key: 'default' });
    const range = () => value<RangeLease>(PATTERN.segmentLease, { key: LEASED, size: 1 });
    const before = { id: await id(), range: await range() };
    await proxy.emit(PATTERN.segmentGet, { key: 'default' });
    await proxy.emit(PATTERN.segmentLease, { key: LEASED, size: 5 });
    expect(await id()).toBe(String(BigInt(before.id) + 1n));
    expect(await range()).toMatchObject({ start: before.range.end });
  });

  it.each(Object.entries(KEYS))('gets ids of a key with %s', async (_what, key) => {
    const first = await value<string>(PATTERN.segmentGet, { key });
    expect(await value(PATTERN.segmentGet, { key, count: 2 })).toEqual(
      [1n, 2n].map((n) => String(BigInt(first) + n)),
    );
    expect(await value(PATTERN.segmentLease, { key, size: 5 })).toMatchObject({ key });
  });

  it('makes 200 calls at a time, each of which gets its own reply', async () => {
    const keys = Object.values(KEYS);
    const calls = Array.from({ length: 200 }, async (_, i) => {
      const key = keys[i % keys.length]!;
      const count = i + 1;
      const ids = await value<string[]>(PATTERN.segmentGet, { key, count });
      expect(ids).toHaveLength(count);
      expect(await proxy.send(PATTERN.segmentGet, { key: `nobody-${i}!` })).toEqual(
        refused('KEY_NOT_FOUND', `nobody-${i}!`),
      );
      return ids.map((id) => `${key} ${id}`);
    });
    const ids = (await Promise.all(calls)).flat();
    expect(new Set(ids).size).toBe((200 * 201) / 2);
  });

  // The last one: it stops the node.
  it('gets replies for what is under way at a SIGTERM, then errors, and ids once the node is back', async () => {
    wire.pause();
    const underWay = [1, 2, 3].map((size) =>
      proxy.send(PATTERN.segmentLease, { key: LEASED, size }),
    );
    const getId = () => proxy.send(PATTERN.snowflakeGet, { key: 'x' });
    expect(await getId()).toEqual({ value: ID }); // by now the leases have arrived
    idun.signal('SIGTERM');
    await expect.poll(getId, { ...slow, interval: 5 }).toEqual(refused('SHUTTING_DOWN', '', true));
    wire.resume();
    const leases = (await Promise.all(underWay)).map(valueOf) as RangeLease[];
    expect(leases.map(({ start, end }) => Number(end) - Number(start))).toEqual([1, 2, 3]);
    expect(await idun.exited).toEqual({ code: 0, signal: null });
    expect(await getId()).toHaveProperty('failure');

    idun = await startIdun({ env });
    await expect.poll(() => readyStatus(idun), slow).toBe(200);
    expect(await getId()).toEqual({ value: ID });
  });
});
