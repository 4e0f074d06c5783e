import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ClientClosedError,
  createClient,
  NotReadyError,
  type ClientOptions,
  type IdunClient,
} from '../../libs/client/src/index.js';
import {
  freePort,
  startIdun,
  temporaryFolder,
  type IdunOptions,
  type IdunServer,
} from '../../libs/testing/src/servers/index.js';
import { untilReady } from './lease-clients.js';

type Transport = 'http' | 'tcp';

async function startReady(options?: IdunOptions): Promise<IdunServer> {
  const idun = await startIdun(options);
  await untilReady(idun);
  return idun;
}

function clientOf(idun: IdunServer, transport: Transport, options: Partial<ClientOptions> = {}) {
  const address = transport === 'http' ? idun.httpUrl : `127.0.0.1:${idun.tcpPort}`;
  return createClient({ servers: [address], transport, ...options });
}

const up = (start: bigint, count: number) =>
  Array.from({ length: count }, (_, index) => start + BigInt(index));

describe.each(['http', 'tcp'] as const)('over %s', (transport) => {
  let idun: IdunServer;
  let client: IdunClient;

  beforeAll(async () => {
    idun = await startReady();
    client = clientOf(idun, transport);
  });

  afterAll(async () => {
    await client?.close();
    await idun?.stop();
  });

  // First, while no other range of this node is free.
  it('gives back at its end what it has not issued, and takes no call after', async () => {
    const other = clientOf(idun, transport, { segment: { minLeaseSize: 50, maxLeaseSize: 50 } });
    const segment = other.segment('default');
    const start = await segment.next();
    expect(await segment.take(9)).toEqual(up(start + 1n, 9));
    // The rest of the first lease, and the second, which was leased ahead.
    await expect.poll(() => segment.available).toBe(90);
    await other.close();
    await expect(segment.next()).rejects.toBeInstanceOf(ClientClosedError);
    await expect(other.snowflake.next()).rejects.toBeInstanceOf(ClientClosedError);
    const again = [
      await client.segment('default').lease(40),
      await client.segment('default').lease(50),
    ];
    expect(again.flatMap((lease) => [lease.start, lease.end])).toEqual([
      start + 10n,
      start + 50n,
      start + 50n,
      start + 100n,
    ]);
  });

  it('issues ids of each kind, no two equal', async () => {
    const ids = await Promise.all([
      client.segment('default').take(1_500),
      client.segment('default', { as: 'number' }).take(1_500),
      client.segment('default', { as: 'string' }).take(1_500),
    ]);
    expect(ids.map(([id]) => typeof id)).toEqual(['bigint', 'number', 'string']);
    expect(new Set(ids.flat().map(String)).size).toBe(4_500);
    await expect.poll(() => client.segment('default').tryNext()).toEqual(expect.any(BigInt));
  });

  it('leases a range, and what is given back is leased next', async () => {
    const lease = await client.segment('default').lease(100);
    expect(lease.end - lease.start).toBe(100n);
    const from = lease.start + 40n;
    expect(await lease.giveBack(from)).toBe(60);
    expect(await lease.giveBack(from)).toBe(60);
    const next = await client.segment('default').lease(60);
    expect([next.start, next.end]).toEqual([from, lease.end]);
    await expect(lease.giveBack(lease.end)).rejects.toMatchObject({ code: 'LEASE_RETURNED' });
  });

  it('says so where somebody else gave the range back', async () => {
    const lease = await client.segment('default').lease(10);
    const { key, leaseId } = lease;
    const request = { key, leaseId, from: String(lease.start) };
    expect(await client.call('segment.return', request)).toEqual({ returned: 10 });
    await expect(lease.giveBack(lease.start)).rejects.toMatchObject({ code: 'LEASE_RETURNED' });
  });

  it('has snowflakes and takes them apart', async () => {
    const before = Date.now();
    const ids = [await client.snowflake.next(), ...(await client.snowflake.take(100))];
    expect(new Set(ids).size).toBe(101);
    const decoded = await client.snowflake.decode(ids[100]!);
    expect(decoded).toMatchObject({ workerId: 0, sequence: expect.any(Number) });
    expect(Math.abs(decoded.timestamp - before)).toBeLessThan(60_000);
    expect(await client.decodeSnowflakeId(String(ids[100]))).toEqual(decoded);
  });

  it('calls a server for single ids, as the contract has it', async () => {
    const ids = [
      await client.getSegmentId('default'),
      ...(await client.getSegmentIds('default', 2)),
      await client.getSnowflakeId('k'),
      ...(await client.getSnowflakeIds('k', 2)),
    ];
    expect(ids.map((id) => /^[1-9]\d*$/.test(id))).toEqual(ids.map(() => true));
    expect(new Set(ids).size).toBe(6);
  });

  it('refuses with the codes of the contract', async () => {
    const missing = expect.objectContaining({ code: 'KEY_NOT_FOUND', retryable: false });
    await expect(client.segment('nobody').next()).rejects.toEqual(missing);
    await expect(client.segment('nobody').lease(5)).rejects.toEqual(missing);
    await expect(client.getSegmentId('nobody')).rejects.toEqual(missing);
    await expect(client.snowflake.decode('x')).rejects.toMatchObject({ code: 'ID_INVALID' });
    await expect(client.segment('default').lease(2_000_000)).rejects.toMatchObject({
      code: 'SIZE_INVALID',
    });
  });

  it('goes on through an outage of all servers as long as its leases last, and resumes by itself', async () => {
    const dataDir = temporaryFolder('outage');
    const port = await freePort();
    const env = { [transport === 'http' ? 'IDUN_HTTP_PORT' : 'IDUN_TCP_PORT']: String(port) };
    const node = await startReady({ env, dataDir });
    const lone = createClient({
      servers: [`127.0.0.1:${port}`],
      transport,
      segment: { minLeaseSize: 100, maxLeaseSize: 100 },
    });
    const segment = lone.segment('default');
    const ids = [await segment.next()];
    await expect.poll(() => segment.available).toBe(199);
    await node.stop();

    ids.push(...(await segment.take(199)));
    const begin = performance.now();
    const failure = await segment.next().catch((error: unknown) => error);
    expect(performance.now() - begin).toBeLessThan(4_000);
    expect(failure).toBeInstanceOf(NotReadyError);
    expect((failure as Error).cause).toBeInstanceOf(Error);

    const again = await startIdun({ env, dataDir });
    try {
      await expect.poll(() => segment.available, { timeout: 20_000 }).toBeGreaterThan(0);
      ids.push(...(await segment.take(300, { deadlineMs: 20_000 })));
      expect(new Set(ids).size).toBe(500);
    } finally {
      await lone.close();
      await again.stop();
    }
  });
});
