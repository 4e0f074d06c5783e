import { NacosNamingClient } from 'nacos';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { startNacos, type NacosServer } from '../../testing/src/servers/index.js';
import { listed, node, registryFixture } from './nacos.fixture.js';

const slow = { timeout: 40_000, interval: 50 };
const PASSWORD = 'a pass/word&';
const credentials = { username: 'nacos', password: PASSWORD };

const fixture = registryFixture();
const open: typeof fixture.open = (server, options) =>
  fixture.open(server, { credentials, ...options });
let nacos: NacosServer;
let service: string;
let services = 0;

beforeAll(async () => void (nacos = await startNacos({ password: PASSWORD })));
afterAll(() => nacos.stop());
beforeEach(() => void (service = `ids-${++services}`));
afterEach(fixture.closeAll);

it('registers a node for both protocols, exactly as it is', async () => {
  open(nacos.address, { service }).announce({ weight: 2.5, workerId: 7 });
  await expect.poll(() => nacos.instances(service), slow).toHaveLength(1);
  await expect.poll(() => nacos.instances(`${service}-rpc`), slow).toHaveLength(1);
  const common = { ip: node.host, weight: 2.5, healthy: true, ephemeral: true };
  const metadata = {
    version: '1.2.3',
    zone: 'z1',
    httpPort: '8080',
    tcpPort: '8090',
    workerId: '7',
  };
  const [http] = await nacos.instances(service);
  expect(http).toMatchObject({ ...common, port: 8080, clusterName: 'DEFAULT', enabled: true });
  expect(http!.metadata).toEqual({ ...metadata, protocol: 'http' });
  const [tcp] = await nacos.instances(`${service}-rpc`);
  expect(tcp).toMatchObject({ ...common, port: 8090 });
  expect(tcp!.metadata).toEqual({ ...metadata, protocol: 'tcp' });
});

it('leaves out what a node does not have', async () => {
  const registry = open(nacos.address, { service, node: { ...node, zone: undefined } });
  registry.announce({ weight: 1, workerId: undefined });
  await expect.poll(() => nacos.instances(service), slow).toHaveLength(1);
  const [instance] = await nacos.instances(service);
  expect(Object.keys(instance!.metadata).toSorted()).toEqual([
    'httpPort',
    'protocol',
    'tcpPort',
    'version',
  ]);
});

it('uses the namespace, the group and the cluster', async () => {
  const place = { namespace: 'tests', group: 'ids' };
  const registry = open(nacos.address, { service, ...place, cluster: 'east' });
  registry.announce({ weight: 1, workerId: 1 });
  await expect.poll(() => nacos.instances(service, place), slow).toHaveLength(1);
  expect(await nacos.instances(service, place)).toMatchObject([{ clusterName: 'east' }]);
  expect(await nacos.instances(service)).toEqual([]);
  await registry.withdraw();
  await expect.poll(() => nacos.instances(service, place), slow).toEqual([]);
});

it('changes the registration with the node', async () => {
  const registry = open(nacos.address, { service });
  registry.announce({ weight: 1, workerId: 1 });
  await expect.poll(() => nacos.instances(service), slow).toHaveLength(1);
  registry.announce({ weight: 0, workerId: 2 });
  await expect
    .poll(() => nacos.instances(service), slow)
    .toMatchObject([{ weight: 0, metadata: { workerId: '2' } }]);
});

it('is seen by a subscriber as it comes and goes', async () => {
  const silent = { ...console, debug() {}, info() {}, warn() {}, error() {} };
  const subscriber = new NacosNamingClient({
    logger: silent,
    serverList: nacos.address,
    ...credentials,
  });
  await subscriber.ready();
  // The client's list never becomes empty: another instance has to stay.
  const other = { ip: '192.0.2.9', port: 1, instanceId: '', healthy: true, enabled: true };
  await subscriber.registerInstance(service, other);
  const seen = vi.fn<(addresses: string[]) => void>();
  subscriber.subscribe(service, (hosts) => seen(hosts.map(({ ip }) => ip).toSorted()));
  try {
    await expect.poll(() => seen.mock.lastCall, slow).toEqual([[other.ip]]);
    const registry = open(nacos.address, { service });
    registry.announce({ weight: 1, workerId: 1 });
    await expect.poll(() => seen.mock.lastCall, slow).toEqual([[node.host, other.ip]]);
    await registry.withdraw();
    await expect.poll(() => seen.mock.lastCall, slow).toEqual([[other.ip]]);
  } finally {
    await (subscriber as unknown as { close(): Promise<void> }).close();
  }
});

it('is gone once it has withdrawn, and can come back', async () => {
  const registry = open(nacos.address, { service });
  registry.announce({ weight: 1, workerId: 1 });
  await expect.poll(() => listed(nacos, `${service}-rpc`), slow).toEqual(['192.0.2.1:8090']);
  await registry.withdraw();
  await expect.poll(() => listed(nacos, service), slow).toEqual([]);
  await expect.poll(() => listed(nacos, `${service}-rpc`), slow).toEqual([]);
  registry.announce({ weight: 1, workerId: 1 });
  await expect.poll(() => listed(nacos, service), slow).toEqual(['192.0.2.1:8080']);
});

it('removes at its start what a killed process left at its place', async () => {
  const other = { ...node, httpPort: 8081, tcpPort: 8091 };
  open(nacos.address, { service, node: other }).announce({ weight: 1, workerId: 1 });
  const serviceName = `DEFAULT_GROUP@@${service}`;
  const left = { serviceName, namespaceId: 'public', ip: node.host, port: '8080' };
  await nacos.ask('POST', '/ns/instance', { ...left, ephemeral: 'true' });
  await expect.poll(() => nacos.instances(service), slow).toHaveLength(2);
  open(nacos.address, { service });
  await expect.poll(() => listed(nacos, service), slow).toEqual(['192.0.2.1:8081']);
});

it.each([
  ['a wrong password', { username: 'nacos', password: 'wrong' }],
  ['none', undefined],
])('says clearly, and once for each service, that %s is refused', async (_, refused) => {
  const registry = open(nacos.address, { service, credentials: refused });
  registry.announce({ weight: 1, workerId: 1 });
  const refusals = () =>
    registry.log.filter(({ message }) => message.includes('Nacos refuses this user name'));
  await expect.poll(refusals, slow).toHaveLength(2);
  for (const { level, details } of refusals()) {
    expect(level).toBe('warn');
    expect(Object.values(details).map(String).join()).toContain('answered 403 to');
  }
  expect(await listed(nacos, service)).toEqual([]);
});
