import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startNacos, type NacosServer } from '../../testing/src/servers/index.js';
import { listed, registryFixture } from './nacos.fixture.js';

const slow = { timeout: 30_000, interval: 50 };
const PASSWORD = 'a pass/word&';
const STATE = { weight: 1, workerId: 1 };

const { open, closeAll } = registryFixture();
let nacos: NacosServer;

beforeAll(async () => void (nacos = await startNacos({ password: PASSWORD })));
afterAll(() => nacos.stop());
afterEach(closeAll);

function withPassword(service: string, password: string) {
  return open(nacos.address, { service, credentials: { username: 'nacos', password } });
}

it('registers with a user name and a password', async () => {
  const registry = withPassword('right', PASSWORD);
  registry.announce(STATE);
  await expect.poll(() => listed(nacos, 'right'), slow).toEqual(['192.0.2.1:8080']);
  await registry.withdraw();
  await expect.poll(() => listed(nacos, 'right'), slow).toEqual([]);
});

it.each([
  ['a wrong password', 'wrong'],
  ['none', undefined],
])('says clearly, and once for each service, that %s is refused', async (_, password) => {
  const service = `refused-${password}`;
  const registry =
    password === undefined ? open(nacos.address, { service }) : withPassword(service, password);
  registry.announce(STATE);
  const refusals = () =>
    registry.log.filter(({ message }) => message.includes('Nacos refuses this user name'));
  await expect.poll(refusals, slow).toHaveLength(2);
  for (const { level, details } of refusals()) {
    expect(level).toBe('warn');
    expect(Object.values(details).map(String).join()).toContain('answered 403 to');
  }
  expect(await listed(nacos, service)).toEqual([]);
});
