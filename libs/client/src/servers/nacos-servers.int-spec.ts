import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { freePort, startNacos, type NacosServer } from '../../../testing/src/servers/index.js';
import type { NacosDiscoveryOptions } from '../client-options.js';
import { systemClock } from '../clock.js';
import { Told } from './nacos.fixture.js';
import { nacosServers } from './nacos-servers.js';
import type { ServerSource } from './server-source.port.js';

const run = promisify(execFile);
const slow = { timeout: 30_000, interval: 20 };
/** A start takes seconds, on a busy machine many. */
const RESTART_MS = 240_000;
const PASSWORD = 'a pass/word&';
const credentials = { username: 'nacos', password: PASSWORD };
const A = '192.0.2.1';
const B = '192.0.2.2';
const [AT_A, AT_B] = [`${A}:8080`, `${B}:8080`];

let nacos: NacosServer;
let service: string;
let services = 0;
let sources: ServerSource[] = [];

beforeAll(async () => void (nacos = await startNacos({ password: PASSWORD })));
afterAll(() => nacos.stop());
beforeEach(() => void (service = `ids-${++services}`));
afterEach(async () => {
  await Promise.all(sources.map((source) => source.close()));
  sources = [];
});

function watch(options: Partial<NacosDiscoveryOptions> = {}, transport: 'http' | 'tcp' = 'http') {
  const told = new Told();
  const asked = { servers: nacos.address, service, ...credentials, ...options };
  const source = nacosServers(asked, transport, { clock: systemClock, random: () => 0 });
  source.watch(told.onChange, told.onFailure);
  sources.push(source);
  return told;
}

/** Nobody sends signs of life here: Nacos shall not wait for any. */
const UNATTENDED = {
  'preserved.heart.beat.timeout': '3600000',
  'preserved.ip.delete.timeout': '3600000',
};

interface Place {
  ip: string;
  name?: string;
  group?: string;
  namespace?: string;
  zone?: string;
}

function change(method: string, place: Place, rest: Record<string, string> = {}): Promise<string> {
  const { ip, name = service, group = 'DEFAULT_GROUP', namespace = 'public', zone } = place;
  return nacos.ask(method, '/ns/instance', {
    serviceName: `${group}@@${name}`,
    namespaceId: namespace,
    ip,
    port: '8080',
    ephemeral: 'true',
    metadata: JSON.stringify({ ...UNATTENDED, ...(zone && { zone }) }),
    ...rest,
  });
}

it('sees a node come, with zone and weight, change, and go', async () => {
  const told = watch();
  await expect.poll(() => told.last, slow).toEqual([]);
  await change('POST', { ip: A, zone: 'z1' }, { weight: '2.5' });
  await change('POST', { ip: B });
  const atB = { host: B, port: 8080, weight: 1 };
  await expect
    .poll(() => told.servers, slow)
    .toEqual([{ host: A, port: 8080, weight: 2.5, zone: 'z1' }, atB]);
  await change('PUT', { ip: A, zone: 'z2' }, { weight: '3' });
  await expect
    .poll(() => told.servers, slow)
    .toEqual([{ host: A, port: 8080, weight: 3, zone: 'z2' }, atB]);
  await change('DELETE', { ip: A });
  await expect.poll(() => told.servers, slow).toEqual([atB]);
  expect(told.failures).toEqual([]);
});

it.each<Record<string, string>>([{ healthy: 'false' }, { enabled: 'false' }, { weight: '0' }])(
  'leaves out who is registered with %o',
  async (state) => {
    await change('POST', { ip: B }, state);
    await expect
      .poll(() => nacos.instances(service), slow)
      .toHaveLength('enabled' in state ? 0 : 1);
    const told = watch();
    await change('POST', { ip: A });
    await expect.poll(() => told.last, slow).toEqual([AT_A]);
    await change('POST', { ip: B });
    await expect.poll(() => told.last, slow).toEqual([AT_A, AT_B]);
    await change('POST', { ip: B }, state);
    await expect.poll(() => told.last, slow).toEqual([AT_A]);
  },
);

it('looks for the transport, in the namespace, group and clusters alone', async () => {
  const name = `${service}-rpc`;
  const place = { namespace: 'tests', group: 'ids' };
  await change('POST', { ip: A, name, ...place }, { clusterName: 'east' });
  await change('POST', { ip: B, name, ...place }, { clusterName: 'west' });
  await change('POST', { ip: '192.0.2.3', name, ...place }, { clusterName: 'north' });
  await change('POST', { ip: '192.0.2.4', name }, { clusterName: 'east' });
  await change('POST', { ip: '192.0.2.5', ...place }, { clusterName: 'east' });
  const told = watch({ ...place, clusters: ['east', 'west'] }, 'tcp');
  await expect.poll(() => told.last, slow).toEqual([AT_A, AT_B]);
  const one = watch({ ...place, clusters: ['west'] }, 'tcp');
  await expect.poll(() => one.last, slow).toEqual([AT_B]);
});

it('is sent news of a change, and asks seldom otherwise', async () => {
  const asked: number[] = [];
  const proxy = createServer((request, response) => {
    asked.push(performance.now());
    const { method = '', headers } = request;
    const { host: _host, connection: _connection, ...kept } = headers as Record<string, string>;
    text(request)
      .then((body) =>
        fetch(`http://${nacos.address}${request.url}`, {
          method,
          headers: kept,
          ...(body && { body }),
        }),
      )
      .then(async (answer) => response.end(await answer.text()))
      .catch(() => response.destroy());
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  try {
    const told = watch({ servers: `127.0.0.1:${(proxy.address() as AddressInfo).port}` });
    await expect
      .poll(() => asked.length > 2 && performance.now() - asked.at(-1)!, slow)
      .toBeGreaterThan(1_500);
    const before = asked.at(-1)!;
    await change('POST', { ip: A });
    await expect.poll(() => told.last, slow).toEqual([AT_A]);
    // Without news it would have been five seconds.
    expect(asked.find((atMs) => atMs > before)! - before).toBeLessThan(4_900);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});

it('asks the next Nacos where one is away', async () => {
  await change('POST', { ip: A });
  const told = watch({ servers: `127.0.0.1:${await freePort()},${nacos.address}` });
  await expect.poll(() => told.last, slow).toEqual([AT_A]);
  expect(told.failures).toEqual([]);
});

it.each([
  [{ password: 'wrong' }, 'refuses the user name or the password (403'],
  [{ username: undefined }, 'asks for a user name and a password (403'],
])('says clearly that %o is refused', async (wrong, words) => {
  const told = watch(wrong);
  await expect.poll(() => told.failures[0]?.message, slow).toContain(words);
  expect(told.lists).toEqual([]);
});

it.each(['close', 'leave'])('keeps no process alive: %s', async (end) => {
  const { stdout } = await run(process.execPath, [
    fileURLToPath(new URL('../../../testing/run-typescript.mjs', import.meta.url)),
    fileURLToPath(new URL('watch-nacos.fixture.ts', import.meta.url)),
    nacos.address,
    credentials.username,
    credentials.password,
    end,
  ]);
  expect(stdout).toMatch(/^\d+$/);
  expect(Number(stdout)).toBeLessThan(3_000);
});

it(
  'keeps its list while Nacos is killed and comes back empty',
  { timeout: RESTART_MS },
  async () => {
    const told = watch();
    await change('POST', { ip: A });
    await change('POST', { ip: B });
    await expect.poll(() => told.last, slow).toEqual([AT_A, AT_B]);
    await nacos.kill();
    const later = watch();
    await expect.poll(() => told.failures.length, slow).toBeGreaterThan(1);
    await expect.poll(() => later.failures.length, slow).toBeGreaterThan(1);
    const before = told.lists.length;
    await nacos.start();
    // That it came back, and is empty.
    await expect.poll(() => later.last, slow).toEqual([]);
    await change('POST', { ip: B });
    await expect.poll(() => later.last, slow).toEqual([AT_B]);
    await change('POST', { ip: A }, { weight: '2' });
    await expect.poll(() => told.servers[0]?.weight, slow).toBe(2);
    // At no time with less than both.
    for (const list of told.lists.slice(before)) expect(list).toEqual([AT_A, AT_B]);
    await change('DELETE', { ip: A });
    await expect.poll(() => told.last, slow).toEqual([AT_B]);
  },
);
