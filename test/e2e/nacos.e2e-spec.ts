import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startHoldingProxy, type HoldingProxy } from '../../libs/nacos/src/nacos.fixture.js';
import {
  freePort,
  startIdun,
  startMariaDb,
  startNacos,
  type DatabaseServer,
  type IdunServer,
  type NacosInstance,
  type NacosServer,
} from '../../libs/testing/src/servers/index.js';
import { httpCaller, idsOf } from './clients.js';

const slow = { timeout: 60_000, interval: 50 };
const HOST = '192.0.2.1';

let nacos: NacosServer;
let service: string;
let services = 0;
const started: { stop(): Promise<void> }[] = [];

beforeAll(async () => void (nacos = await startNacos()));
afterAll(() => nacos.stop());
beforeEach(() => void (service = `ids-${++services}`));
afterEach(async () => {
  for (const idun of started.splice(0)) await idun.stop();
});

async function start(env: Record<string, string> = {}): Promise<IdunServer> {
  const idun = await startIdun({
    env: {
      IDUN_NACOS_SERVERS: nacos.address,
      IDUN_NACOS_SERVICE: service,
      IDUN_ADVERTISE_HOST: HOST,
      IDUN_ZONE: 'z1',
      IDUN_WEIGHT: '2.5',
      ...env,
    },
  });
  started.push(idun);
  return idun;
}

const instances = () => nacos.instances(service);
const rpcInstances = () => nacos.instances(`${service}-rpc`);
const portOf = (idun: IdunServer) => Number(new URL(idun.httpUrl).port);

it('registers a node that gives ids for both transports, with what callers need', async () => {
  const idun = await start();
  await expect.poll(instances, slow).toHaveLength(1);
  await expect.poll(rpcInstances, slow).toHaveLength(1);
  const found = [...(await instances()), ...(await rpcInstances())] as [
    NacosInstance,
    NacosInstance,
  ];
  expect(found).toMatchObject([
    { ip: HOST, port: portOf(idun), weight: 2.5, ephemeral: true, healthy: true },
    { ip: HOST, port: idun.tcpPort, weight: 2.5, ephemeral: true, healthy: true },
  ]);
  const decoded = await decodeOne(idun);
  const common = {
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    zone: 'z1',
    httpPort: String(portOf(idun)),
    tcpPort: String(idun.tcpPort),
    workerId: String(decoded.workerId),
  };
  expect(found.map(({ metadata }) => metadata)).toEqual([
    { ...common, protocol: 'http' },
    { ...common, protocol: 'tcp' },
  ]);
});

async function decodeOne(idun: IdunServer): Promise<{ workerId: number }> {
  const id = await (await fetch(`${idun.httpUrl}/api/snowflake/get/x`)).text();
  const decoded = await fetch(`${idun.httpUrl}/api/snowflake/decode/${id}`);
  return (await decoded.json()) as { workerId: number };
}

describe('on SIGTERM', () => {
  let proxy: HoldingProxy;
  beforeEach(async () => void (proxy = await startHoldingProxy(nacos)));
  afterEach(() => proxy.close());

  // Answering lasts for a second, which a busy machine may let go by.
  it('is taken out before its port closes', { retry: 3 }, async () => {
    const idun = await start({ IDUN_NACOS_SERVERS: proxy.address });
    await expect.poll(instances, slow).toHaveLength(1);
    await expect.poll(rpcInstances, slow).toHaveLength(1);
    const removal = proxy.hold('DELETE /nacos/v1/ns/instance');
    idun.signal('SIGTERM');
    await expect.poll(() => removal.held(), { ...slow, interval: 5 }).toBeGreaterThan(0);
    // Calls that still come are answered.
    expect(idsOf(await httpCaller(idun.httpUrl).get('snowflake', 'x'))).toHaveLength(1);
    await removal.release();
    expect(await idun.exited).toEqual({ code: 0, signal: null });
    await expect(connected(portOf(idun))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect.poll(instances, slow).toEqual([]);
    await expect.poll(rpcInstances, slow).toEqual([]);
  });

  it('stops in time where Nacos hangs', async () => {
    const idun = await start();
    await expect.poll(instances, slow).toHaveLength(1);
    nacos.pause();
    try {
      idun.signal('SIGTERM');
      expect(await idun.exited).toEqual({ code: 0, signal: null });
      expect(idun.logs()).toContain('"event":"stopped"');
    } finally {
      nacos.resume();
    }
  });
});

describe('while it is not ready', () => {
  let database: DatabaseServer;
  beforeAll(async () => void (database = await startMariaDb()));
  afterAll(() => database.stop());

  it('is not registered', async () => {
    const url = database.url(await database.createDatabase());
    await start({ IDUN_DATABASE_URLS: url, IDUN_WORKER_TTL_MS: '1000' });
    await expect.poll(instances, slow).toHaveLength(1);
    await database.kill();
    await expect.poll(instances, slow).toEqual([]);
    await expect.poll(rpcInstances, slow).toEqual([]);
    await database.restart();
    await expect.poll(instances, slow).toHaveLength(1);
  });
});

it('starts and serves without a Nacos', async () => {
  const idun = await start({ IDUN_NACOS_SERVERS: `127.0.0.1:${await freePort()}` });
  await expect
    .poll(async () => (await fetch(`${idun.httpUrl}/health/ready`)).status, slow)
    .toBe(200);
  expect(idsOf(await httpCaller(idun.httpUrl).get('segment', 'default'))).toHaveLength(1);
  await expect.poll(() => idun.logs(), slow).toContain('Nacos does not do as it is asked');
  idun.signal('SIGTERM');
  expect(await idun.exited).toEqual({ code: 0, signal: null });
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
