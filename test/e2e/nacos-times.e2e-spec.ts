import { connect } from 'node:net';
import { NacosNamingClient } from 'nacos';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  startIdun,
  startNacos,
  type IdunServer,
  type NacosServer,
} from '../../libs/testing/src/servers/index.js';
import { httpCaller, idsOf, tcpCaller } from './clients.js';
import { untilReady } from './lease-clients.js';

const slow = { timeout: 60_000, interval: 20 };
/** A start takes seconds, on a busy machine many. */
const RESTART_MS = 240_000;
const HOST = '127.0.0.1';
/** Nacos itself lets half a second go by before it tells anybody. */
const TOLD_MS = 1_000;
const BACK_MS = 10_000;

let nacos: NacosServer;
let service: string;
let services = 0;
let idun: IdunServer | undefined;

beforeAll(async () => void (nacos = await startNacos()));
afterAll(() => nacos.stop());
beforeEach(() => void (service = `ids-${++services}`));
afterEach(async () => {
  await idun?.stop();
  idun = undefined;
});

function start(): Promise<IdunServer> {
  return startIdun({
    env: {
      IDUN_NACOS_SERVERS: nacos.address,
      IDUN_NACOS_SERVICE: service,
      IDUN_ADVERTISE_HOST: HOST,
    },
  });
}

/** The npm client, which is told of changes by Nacos itself. */
async function withSubscriber(work: (client: NacosNamingClient) => Promise<void>): Promise<void> {
  const logger = { ...console, debug() {}, info() {}, warn() {}, error() {} };
  const client = new NacosNamingClient({ logger, serverList: nacos.address });
  try {
    await client.ready();
    await work(client);
  } finally {
    await (client as unknown as { close(): Promise<void> }).close();
  }
}

interface Watched {
  /** When its subscriber was told that this port is there, or is not, in milliseconds; waits for it. */
  told(port: number, isThere: boolean): Promise<number>;
}

async function watch(subscriber: NacosNamingClient, name: string): Promise<Watched> {
  // The client's list never becomes empty: another instance has to stay.
  const other = { ip: '192.0.2.9', port: 1, instanceId: '', healthy: true, enabled: true };
  await subscriber.registerInstance(name, other);
  const heard: { atMs: number; ports: number[] }[] = [];
  subscriber.subscribe({ serviceName: name, clusters: 'DEFAULT' }, (hosts) => {
    heard.push({ atMs: performance.now(), ports: hosts.map(({ port }) => port) });
  });
  await expect.poll(() => heard.at(-1)?.ports, slow).toEqual([1]);
  return {
    async told(port, isThere) {
      await expect.poll(() => heard.at(-1)?.ports.includes(port), slow).toBe(isThere);
      const last = heard.findLastIndex(({ ports }) => ports.includes(port) !== isThere);
      return heard[last + 1]!.atMs;
    },
  };
}

const portOf = ({ httpUrl }: IdunServer) => Number(new URL(httpUrl).port);

/** When nobody can connect any more. */
async function closedAt(port: number): Promise<number> {
  // oxlint-disable-next-line no-await-in-loop -- until it is refused
  while (await canConnect(port)) await new Promise((resolve) => setTimeout(resolve, 2));
  return performance.now();
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

// The machine may be busy: one quiet attempt shows what idun does.
it(
  'is known to a subscriber within a second of being ready, and gone within a second of SIGTERM, before its port closes',
  { retry: 3 },
  () =>
    withSubscriber(async (subscriber) => {
      const watched = [await watch(subscriber, service), await watch(subscriber, `${service}-rpc`)];
      idun = await start();
      const ports = [portOf(idun), idun.tcpPort];
      await untilReady(idun);
      const readyMs = performance.now();
      const knownMs = await Promise.all(watched.map((each, i) => each.told(ports[i]!, true)));
      const closed = Promise.all(ports.map(closedAt));
      const termMs = performance.now();
      idun.signal('SIGTERM');
      const goneMs = await Promise.all(watched.map((each, i) => each.told(ports[i]!, false)));
      const closedMs = await closed;
      expect(await idun.exited).toEqual({ code: 0, signal: null });
      expect(Math.max(...knownMs) - readyMs).toBeLessThan(TOLD_MS);
      expect(Math.max(...goneMs) - termMs).toBeLessThan(TOLD_MS);
      expect(Math.min(...closedMs)).toBeGreaterThan(Math.max(...goneMs));
    }),
);

it(
  'goes on while Nacos is killed, and is known again within 10 s of an empty one that answers',
  { retry: 1, timeout: RESTART_MS },
  async () => {
    idun = await start();
    await untilReady(idun);
    const callers = [httpCaller(idun.httpUrl), tcpCaller(idun.tcpPort)];
    const expectIds = async () => {
      for (const caller of callers) {
        // oxlint-disable-next-line no-await-in-loop -- one caller after the other
        expect(idsOf(await caller.get('snowflake', 'x'))).toHaveLength(1);
      }
    };
    const names = [service, `${service}-rpc`];
    const known = () =>
      Promise.all(names.map(async (name) => (await nacos.instances(name)).length));
    await expect.poll(known, slow).toEqual([1, 1]);
    await nacos.kill();
    await expectIds();
    await nacos.start();
    const answersMs = performance.now();
    await expect.poll(known, slow).toEqual([1, 1]);
    expect(performance.now() - answersMs).toBeLessThan(BACK_MS);
    await expectIds();
    for (const caller of callers) caller.close();
  },
);
