import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePort, startNacos, type NacosServer } from '../../testing/src/servers/index.js';
import {
  listed,
  node,
  registryFixture,
  startHoldingProxy,
  type OpenRegistry,
} from './nacos.fixture.js';

const run = promisify(execFile);
const slow = { timeout: 30_000, interval: 50 };
/** A second is what it may last; what hangs would last for ever, and the machine may be busy. */
const SOON_MS = 10_000;
/** A start takes seconds, on a busy machine many. */
const RESTART_MS = 240_000;
const STATE = { weight: 1, workerId: 1 };
const HTTP = ['192.0.2.1:8080'];
const TCP = ['192.0.2.1:8090'];

const { open, closeAll } = registryFixture();
let nacos: NacosServer;
let service: string;
let services = 0;

beforeAll(async () => void (nacos = await startNacos()));
afterAll(() => nacos.stop());
beforeEach(() => void (service = `ids-${++services}`));
afterEach(closeAll);

async function expectListed(): Promise<void> {
  await expect.poll(() => listed(nacos, service), slow).toEqual(HTTP);
  await expect.poll(() => listed(nacos, `${service}-rpc`), slow).toEqual(TCP);
}

async function timeOf(work: Promise<unknown>): Promise<number> {
  const begunMs = performance.now();
  await work;
  return performance.now() - begunMs;
}

function warnings({ log }: OpenRegistry): string[] {
  return log.map(({ message }) => message).filter((line) => line.includes('does not do as'));
}

describe('a sign of life that arrives after the instance was taken out', () => {
  it('does not bring it back for good', async () => {
    const proxy = await startHoldingProxy(nacos);
    try {
      const beats = proxy.hold('PUT /nacos/v1/ns/instance/beat');
      const registry = open(proxy.address, { service });
      registry.announce(STATE);
      await expect.poll(() => beats.held(), slow).toBeGreaterThanOrEqual(2);
      await registry.withdraw();
      await expect.poll(() => listed(nacos, service), slow).toEqual([]);
      // Now Nacos gets them, and makes both instances anew.
      await beats.release();
      const before = proxy.calls.length;
      const removals = () =>
        proxy.calls.slice(before).filter((call) => call === 'DELETE /nacos/v1/ns/instance');
      await expect.poll(() => removals().length, slow).toBeGreaterThanOrEqual(2);
      // By then Nacos lists what came of it.
      await sleep(1_500);
      await expect.poll(() => listed(nacos, service), slow).toEqual([]);
      await expect.poll(() => listed(nacos, `${service}-rpc`), slow).toEqual([]);
    } finally {
      await proxy.close();
    }
  });

  it('is not sent again after that', async () => {
    const proxy = await startHoldingProxy(nacos);
    try {
      const registry = open(proxy.address, { service });
      registry.announce(STATE);
      await expectListed();
      await registry.withdraw();
      const before = proxy.calls.length;
      // The next look at what Nacos lists, where a sign of life would be due.
      await expect.poll(() => proxy.calls.length, slow).toBeGreaterThanOrEqual(before + 2);
      expect(proxy.calls.slice(before)).not.toContain('PUT /nacos/v1/ns/instance/beat');
      await expect.poll(() => listed(nacos, service), slow).toEqual([]);
    } finally {
      await proxy.close();
    }
  });
});

describe('a Nacos that hangs', () => {
  async function pause(): Promise<void> {
    nacos.pause();
    // Its many threads do not all stand still at once.
    const answer = () => Promise.race([nacos.instances('any'), sleep(300, 'silence')]);
    await expect.poll(answer, slow).toBe('silence');
  }

  it('keeps nobody from withdrawing in time', async () => {
    const registry = open(nacos.address, { service });
    registry.announce(STATE);
    await expectListed();
    try {
      await pause();
      expect(await timeOf(registry.withdraw())).toBeLessThan(SOON_MS);
    } finally {
      nacos.resume();
    }
    await expect.poll(() => listed(nacos, service), slow).toEqual([]);
    await expect.poll(() => listed(nacos, `${service}-rpc`), slow).toEqual([]);
  });

  it('keeps no process alive that has closed', async () => {
    try {
      await pause();
      const { stdout } = await run(process.execPath, [
        fileURLToPath(new URL('../../testing/run-typescript.mjs', import.meta.url)),
        fileURLToPath(new URL('open-and-close.fixture.ts', import.meta.url)),
        nacos.address,
      ]);
      expect(Number(stdout)).toBeLessThan(3_000);
      expect(stdout).toMatch(/^\d+$/);
    } finally {
      nacos.resume();
    }
  });

  it('keeps nobody from closing', async () => {
    try {
      await pause();
      const registry = open(nacos.address, { service });
      registry.announce(STATE);
      expect(await timeOf(registry.close())).toBeLessThan(SOON_MS);
    } finally {
      nacos.resume();
    }
  });
});

it('asks the next server where one is away', async () => {
  const away = `127.0.0.1:${await freePort()}`;
  open(nacos.address, { service, servers: [away, nacos.address, away] }).announce(STATE);
  await expect.poll(() => listed(nacos, service), slow).toEqual(HTTP);
});

it(
  'registers with a Nacos that was killed and comes back empty',
  { timeout: RESTART_MS },
  async () => {
    const registry = open(nacos.address, { service });
    registry.announce(STATE);
    await expectListed();
    // Nobody announces this one again.
    const gone = { serviceName: 'DEFAULT_GROUP@@gone', namespaceId: 'public' };
    await nacos.ask('POST', '/ns/instance', { ...gone, ip: node.host, port: '1' });
    await expect.poll(() => nacos.instances('gone'), slow).toHaveLength(1);
    const before = nacos.pid();
    await nacos.kill();
    await expect(nacos.instances('gone')).rejects.toThrow('fetch failed');
    await expect.poll(() => warnings(registry), slow).toHaveLength(2);
    const later = open(nacos.address, { service: `${service}-later` });
    later.announce(STATE);
    await expect.poll(() => warnings(later), slow).toHaveLength(2);
    await nacos.start();
    expect(nacos.pid()).not.toBe(before);
    expect(await nacos.instances('gone')).toEqual([]);
    await expectListed();
    await expect.poll(() => listed(nacos, `${service}-later`), slow).toEqual(HTTP);
    const [instance] = await nacos.instances(service);
    expect(instance!.metadata).toMatchObject({ protocol: 'http', workerId: '1' });
    // One line for each service, however long it lasted.
    expect(warnings(later)).toHaveLength(2);
  },
);

it('prints nothing by itself', async () => {
  const outlets = (['error', 'warn', 'log', 'info'] as const).map((name) =>
    vi.spyOn(console, name),
  );
  const registry = open(`127.0.0.1:${await freePort()}`, { service });
  registry.announce(STATE);
  await expect.poll(() => warnings(registry).length, slow).toBe(2);
  await registry.withdraw();
  for (const outlet of outlets) expect(outlet).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});
