import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EAGER_MS, slow, startSetup, type NacosSetup } from './nacos-setup.fixture.js';
import type { FakeNacos, Told } from './nacos.fixture.js';

let setup: NacosSetup;
let nacos: FakeNacos;
let told: Told;

beforeEach(async () => {
  setup = await startSetup();
  ({ nacos, told } = setup);
});
afterEach(() => setup.close());

describe('a log-in', () => {
  const credentials = { username: 'idun', password: 'ge heim&' };

  it('is made once, shows the password in no address, and again before the token ends', async () => {
    nacos.credentials = credentials;
    setup.watch(credentials);
    await setup.listedTimes(1);
    await setup.pass(EAGER_MS);
    await setup.listedTimes(2);
    expect(nacos.logins).toBe(1);
    expect(JSON.stringify(nacos.calls)).not.toContain('heim');
    await setup.calm();
    await setup.pass(0.9 * nacos.tokenTtl * 1_000);
    await expect.poll(() => nacos.logins, slow).toBe(2);
    expect(told.failures).toEqual([]);
  });

  it('is made again after a refusal', async () => {
    nacos.credentials = credentials;
    setup.watch(credentials);
    await setup.listedTimes(1);
    nacos.status = 403;
    await setup.pass(EAGER_MS);
    await expect.poll(() => told.failures, slow).toHaveLength(1);
    expect(told.failures[0]?.message).toContain('does not let idun read the namespace public');
    nacos.status = 200;
    await expect
      .poll(async () => {
        await setup.pass(100);
        return nacos.logins;
      }, slow)
      .toBe(2);
  });

  it('that is refused is told clearly', async () => {
    nacos.credentials = credentials;
    setup.watch({ ...credentials, password: 'wrong' });
    await expect
      .poll(() => told.failures[0]?.message, slow)
      .toContain('refuses the user name or the password (403: unknown user!)');
  });

  it('that is missing is told clearly', async () => {
    nacos.credentials = credentials;
    setup.watch();
    await expect
      .poll(() => told.failures[0]?.message, slow)
      .toContain('asks for a user name and a password (403');
  });
});
