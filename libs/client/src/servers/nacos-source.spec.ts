import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EAGER_MS, slow, startSetup, type NacosSetup } from './nacos-setup.fixture.js';
import { instanceAt, NEWS, type FakeNacos, type Told } from './nacos.fixture.js';
import { nacosServers } from './nacos-servers.js';

const A = '192.0.2.1';

let setup: NacosSetup;
let nacos: FakeNacos;
let told: Told;

beforeEach(async () => {
  setup = await startSetup();
  ({ nacos, told } = setup);
});
afterEach(() => setup.close());

describe('news', () => {
  it('make the list be asked for at once, and then only now and then', async () => {
    setup.watch();
    await setup.calm();
    const { length } = nacos.lists;
    await setup.pass(EAGER_MS);
    await sleep(50);
    expect(nacos.lists).toHaveLength(length);
    expect(nacos.lists.at(-1)?.agent).toBe('Nacos-Java-Client:v1.0.0');
    nacos.hosts = [instanceAt(A)];
    await nacos.push(NEWS);
    await expect.poll(() => told.last, slow).toEqual([`${A}:8080`]);
  });

  it('are acknowledged with their own time, to the digit', async () => {
    setup.watch();
    await setup.calm();
    expect(await nacos.push(NEWS)).toBe(
      '{"type":"push-ack","lastRefTime":9007199254740993,"data":""}',
    );
  });

  it.each(['', 'x', '{}', '{"type":"dom"}', Buffer.from([0x1f, 0x8b, 1, 2]), Buffer.of(0x1f)])(
    'are not what anybody may send: %o',
    async (datagram) => {
      setup.watch();
      await setup.calm();
      const { length } = nacos.lists;
      expect(await nacos.push(datagram, 100)).toBeUndefined();
      expect(nacos.lists).toHaveLength(length);
      expect(await nacos.push(NEWS)).toBeDefined();
    },
  );

  it('are not relied on after a change without, until they arrive at another port', async () => {
    setup.watch();
    await setup.calm();
    const port = nacos.lists.at(-1)?.query['udpPort'];
    nacos.hosts = [instanceAt(A)];
    const { length } = nacos.lists;
    await setup.pass(6_000);
    await setup.listedTimes(length + 1);
    expect(told.last).toEqual([`${A}:8080`]);
    await setup.pass(EAGER_MS);
    await setup.listedTimes(length + 2);
    const another = nacos.lists.at(-1)?.query['udpPort'];
    expect(another).toMatch(/^\d+$/);
    expect(another).not.toBe(port);
    await setup.pass(EAGER_MS);
    await setup.listedTimes(length + 3);
    await setup.calm();
  });

  it('that arrive while a list is under way are followed by another list, soon but not at once', async () => {
    setup.watch();
    await setup.calm();
    let release = () => {};
    nacos.held = new Promise((resolve) => void (release = resolve));
    const length = nacos.lists.length + 1;
    await nacos.push(NEWS);
    await expect.poll(() => nacos.lists.length, slow).toBe(length);
    await nacos.push(NEWS);
    nacos.held = undefined;
    nacos.hosts = [instanceAt(A)];
    release();
    await setup.listedTimes(length);
    await setup.pass(60);
    await setup.listedTimes(length + 1);
  });

  it('that follow one another make no more than one list in 50 ms', async () => {
    setup.watch();
    await setup.calm();
    const { length } = nacos.lists;
    await nacos.push(NEWS);
    await setup.listedTimes(length + 1);
    await nacos.push(NEWS);
    await sleep(50);
    expect(nacos.lists).toHaveLength(length + 1);
    await setup.pass(60);
    await setup.listedTimes(length + 2);
  });
});

describe('close', () => {
  it('leaves no timer and no connection, and nothing is told any more', async () => {
    const source = setup.watch();
    await setup.calm();
    nacos.held = new Promise(() => undefined);
    await nacos.push(NEWS);
    const { length } = told.lists;
    await source.close();
    expect(setup.clock.pendingTasks).toBe(0);
    await expect.poll(() => nacos.connections(), slow).toBe(0);
    expect(await nacos.push(NEWS, 100)).toBeUndefined();
    expect(told.lists).toHaveLength(length);
    expect(told.failures).toEqual([]);
  });

  it('ends the connection that is kept between two lists', async () => {
    const source = setup.watch();
    await setup.listedTimes(1);
    expect(await nacos.connections()).toBe(1);
    await source.close();
    await expect.poll(() => nacos.connections(), slow).toBe(0);
  });

  it('may come before anything was asked', async () => {
    await nacosServers({ servers: 'h1:8848' }, 'http').close();
    const source = setup.watch();
    await source.close();
    expect(told.lists).toEqual([]);
  });
});
