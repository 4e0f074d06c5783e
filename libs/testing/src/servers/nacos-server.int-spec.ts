import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNacos, type NacosServer } from './index.js';

const service = { serviceName: 'DEFAULT_GROUP@@orders', namespaceId: 'public' };
const instance = { ...service, ip: '192.0.2.1', port: '80', ephemeral: 'true' };

async function register(nacos: NacosServer): Promise<void> {
  await nacos.ask('POST', '/ns/instance', { ...instance, weight: '2', metadata: '{"a":"b"}' });
  await expect.poll(() => nacos.instances('orders'), { timeout: 10_000 }).toHaveLength(1);
}

/** A start takes seconds, on a busy machine many. */
const RESTART_MS = 240_000;

describe('a Nacos of one own', () => {
  let nacos: NacosServer;
  beforeAll(async () => void (nacos = await startNacos()));
  afterAll(() => nacos.stop());

  it('lists what is registered', async () => {
    await register(nacos);
    expect(await nacos.instances('orders')).toMatchObject([
      { ip: '192.0.2.1', port: 80, weight: 2, metadata: { a: 'b' } },
    ]);
    expect(await nacos.instances('orders', { group: 'other' })).toEqual([]);
  });

  it('answers nothing while paused and everything after', async () => {
    const askSoon = () => Promise.race([nacos.instances('payments'), delay(300, 'silence')]);
    nacos.pause();
    try {
      // Its many threads do not all stand still at once.
      await expect.poll(askSoon, { timeout: 10_000 }).toBe('silence');
    } finally {
      nacos.resume();
    }
    await expect.poll(askSoon, { timeout: 10_000 }).toEqual([]);
  });

  it('comes back empty on the same port after a kill', { timeout: RESTART_MS }, async () => {
    await register(nacos);
    const before = nacos.pid();
    await nacos.kill();
    await expect(nacos.instances('orders')).rejects.toThrow('fetch failed');
    await nacos.start();
    expect(nacos.pid()).not.toBe(before);
    expect(await nacos.instances('orders')).toEqual([]);
  });
});
