import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiscoveryError } from './discovery-error.js';
import { HOLD_MS } from './known-servers.js';
import { EAGER_MS, slow, startSetup, type NacosSetup } from './nacos-setup.fixture.js';
import { FakeNacos, instanceAt, type Told } from './nacos.fixture.js';
import { nacosServers } from './nacos-servers.js';

const A = '192.0.2.1';
const B = '192.0.2.2';

let setup: NacosSetup;
let nacos: FakeNacos;
let told: Told;

beforeEach(async () => {
  setup = await startSetup();
  ({ nacos, told } = setup);
});
afterEach(() => setup.close());

describe('what is asked for', () => {
  it('is the default place unless the options say otherwise', async () => {
    setup.watch();
    await expect.poll(() => told.last, slow).toEqual([]);
    expect(nacos.lists[0]?.query).toEqual({
      namespaceId: 'public',
      serviceName: 'DEFAULT_GROUP@@idun',
      clusters: '',
    });
  });

  it('is the service for the transport, in the namespace, group and clusters', async () => {
    const place = { namespace: 'n', group: 'g', service: 'ids', clusters: ['east', 'west'] };
    setup.watch(place, 'tcp');
    await expect.poll(() => told.last, slow).toEqual([]);
    const serviceName = 'g@@ids-rpc';
    expect(nacos.lists[0]?.query).toEqual({ namespaceId: 'n', serviceName, clusters: 'east,west' });
  });

  it.each(['', 'h1', 'http://h1:8848', 'h1:8848,', 'h1:99999', 'h1:8848/nacos'])(
    'cannot be asked of %j',
    (servers) => expect(() => nacosServers({ servers }, 'http')).toThrow(TypeError),
  );
});

describe('the list', () => {
  it('is told once, and again after each change', async () => {
    nacos.hosts = [instanceAt(A, { metadata: { zone: 'z1' }, weight: 3 })];
    setup.watch();
    await expect
      .poll(() => told.servers, slow)
      .toEqual([{ host: A, port: 8080, weight: 3, zone: 'z1' }]);
    await setup.listedTimes(1);
    await setup.pass(EAGER_MS);
    await setup.listedTimes(2);
    expect(told.lists).toHaveLength(1);
    nacos.hosts = [instanceAt(A), instanceAt(B)];
    await setup.pass(EAGER_MS);
    await expect.poll(() => told.last, slow).toEqual([`${A}:8080`, `${B}:8080`]);
    nacos.hosts = [instanceAt(B)];
    await setup.listedTimes(3);
    await setup.pass(EAGER_MS);
    await expect.poll(() => told.last, slow).toEqual([`${B}:8080`]);
  });

  it('stays while Nacos lists nobody, but not for ever', async () => {
    nacos.hosts = [instanceAt(A)];
    setup.watch();
    await setup.listedTimes(1);
    nacos.hosts = [];
    await setup.pass(EAGER_MS);
    await setup.listedTimes(2);
    await setup.pass(HOLD_MS / 2);
    await setup.listedTimes(3);
    expect(told.lists).toHaveLength(1);
    await setup.pass(HOLD_MS / 2);
    await expect.poll(() => told.last, slow).toEqual([]);
  });

  it('stays while Nacos fails, which is told', async () => {
    nacos.hosts = [instanceAt(A), instanceAt(B)];
    setup.watch();
    await setup.listedTimes(1);
    nacos.status = 503;
    nacos.hosts = [instanceAt(B)];
    await setup.pass(EAGER_MS);
    await expect.poll(() => told.failures, slow).toHaveLength(1);
    expect(told.failures[0]).toBeInstanceOf(DiscoveryError);
    expect(told.failures[0]?.message).toContain(`${nacos.address} answered 503`);
    nacos.status = 200;
    await setup.listedTimes(2);
    await setup.pass(EAGER_MS);
    await setup.listedTimes(3);
    expect(told.lists).toHaveLength(1);
  });

  it('is refused where it is none', async () => {
    nacos.hosts = [{ ip: A }];
    setup.watch();
    await expect.poll(() => told.failures[0]?.message, slow).toContain('no list of instances');
  });
});

describe('a Nacos that does not answer', () => {
  it('is asked again, less and less often', async () => {
    nacos.status = 500;
    setup.watch();
    const times: number[] = [];
    for (let failures = 1; failures <= 6; failures++) {
      await expect
        .poll(async () => {
          if (nacos.lists.length === told.failures.length) await setup.pass(10);
          return told.failures.length;
        }, slow)
        .toBe(failures);
      times.push(setup.clock.monotonicMs());
    }
    const last = times.at(-1)! - times.at(-2)!;
    expect(last).toBeGreaterThan(times[2]! - times[1]!);
    expect(last).toBeLessThan(3_100);
  });

  it('is given up in time, and the next one is asked, and stays the first', async () => {
    const hung = new FakeNacos();
    await hung.start();
    hung.held = new Promise(() => undefined);
    nacos.hosts = [instanceAt(A)];
    try {
      setup.watch({ servers: `${hung.address}, ${nacos.address}` });
      await expect.poll(() => hung.lists.length, slow).toBe(1);
      await setup.pass(2_000);
      await expect.poll(() => told.last, slow).toEqual([`${A}:8080`]);
      await setup.listedTimes(1);
      await setup.pass(EAGER_MS);
      await setup.listedTimes(2);
      expect(hung.lists).toHaveLength(1);
      expect(told.failures).toEqual([]);
    } finally {
      await hung.close();
    }
  });
});
