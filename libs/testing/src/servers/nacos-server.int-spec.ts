import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNacos, type NacosServer } from './index.js';

const service = { serviceName: 'DEFAULT_GROUP@@orders', namespaceId: 'public' };
const instance = { ...service, ip: '192.0.2.1', port: '80', ephemeral: 'true' };

async function register(nacos: NacosServer): Promise<void> {
  await nacos.ask('POST', '/ns/instance', { ...instance, weight: '2', metadata: '{"a":"b"}' });
  await expect.poll(() => nacos.instances('orders'), { timeout: 10_000 }).toHaveLength(1);
}

describe('a Nacos of one own', () => {
  let nacos: NacosServer;
  beforeAll(async () => void (nacos = await startNacos()));
  afterAll(() => nacos.stop());

  it('lists what is registered', async () => {
    await register(nacos);
    expect(await nacos.instances('orders')).toMatchObject([
      { ip: '192.0.2.1', port: 80, weight: 2, healthy: true, metadata: { a: 'b' } },
    ]);
    expect(await nacos.instances('orders', { group: 'other' })).toEqual([]);
  });

  it('answers nothing while paused and everything after', async () => {
    nacos.pause();
    const answer = nacos.instances('payments');
    expect(await Promise.race([answer, delay(300, 'silence')])).toBe('silence');
    nacos.resume();
    expect(await answer).toEqual([]);
  });

  it('comes back empty on the same port after a kill', async () => {
    await register(nacos);
    const before = nacos.pid();
    await nacos.kill();
    await expect(nacos.instances('orders')).rejects.toThrow('fetch failed');
    await nacos.start();
    expect(nacos.pid()).not.toBe(before);
    expect(await nacos.instances('orders')).toEqual([]);
  });
});

describe('a Nacos with a password', () => {
  let nacos: NacosServer;
  beforeAll(async () => void (nacos = await startNacos({ password: 'a pass/word' })));
  afterAll(() => nacos.stop());

  it('serves who has logged in, and nobody else', async () => {
    await register(nacos);
    const url = `http://${nacos.address}/nacos/v1`;
    expect((await fetch(`${url}/ns/instance/list?serviceName=a@@b`)).status).toBe(403);
    const login = await fetch(`${url}/auth/login?username=nacos&password=wrong`, {
      method: 'POST',
    });
    expect(login.status).toBe(403);
  });
});
