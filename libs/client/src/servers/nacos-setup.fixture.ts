import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { FakeClock } from '../../../testing/src/fake-clock.js';
import type { NacosDiscoveryOptions } from '../client-options.js';
import { FakeNacos, NEWS, Told } from './nacos.fixture.js';
import { nacosServers } from './nacos-servers.js';
import type { ServerSource } from './server-source.port.js';

export const slow = { timeout: 15_000, interval: 5 };
/** Longer than any pause while no news arrive, shorter than that while they do. */
export const EAGER_MS = 400;

export async function startSetup(): Promise<NacosSetup> {
  const setup = new NacosSetup();
  await setup.nacos.start();
  return setup;
}

/** Sources on real sockets and a clock of the test's. */
export class NacosSetup {
  readonly nacos = new FakeNacos();
  readonly clock = new FakeClock();
  readonly told = new Told();
  private readonly sources: ServerSource[] = [];

  watch(
    options: Partial<NacosDiscoveryOptions> = {},
    transport: 'http' | 'tcp' = 'http',
  ): ServerSource {
    const ports = { clock: this.clock, random: () => 0 };
    const source = nacosServers({ servers: this.nacos.address, ...options }, transport, ports);
    source.watch(this.told.onChange, this.told.onFailure);
    this.sources.push(source);
    return source;
  }

  /** A jump: what is due runs, and what it begins has all of its time ahead. */
  async pass(ms: number): Promise<void> {
    this.clock.setMonotonic(this.clock.monotonicMs() + ms);
    await this.clock.advance(0);
  }

  /** Until so many lists were asked for, and nothing is under way but a pause. */
  async listedTimes(count: number): Promise<void> {
    await expect.poll(() => this.nacos.lists.length, slow).toBe(count);
    await expect.poll(() => this.clock.pendingTasks, slow).toBe(1);
    await sleep(20);
  }

  /** Until lists are asked for only now and then, as news do arrive. */
  async calm(): Promise<void> {
    const { nacos } = this;
    const udpPort = () => nacos.lists.at(-1)?.query['udpPort'];
    await expect
      .poll(async () => {
        if (udpPort() === undefined) await this.pass(EAGER_MS);
        return udpPort();
      }, slow)
      .toBeDefined();
    const before = nacos.lists.length;
    expect(await nacos.push(NEWS)).toBeDefined();
    await expect
      .poll(async () => {
        await this.pass(60);
        return nacos.lists.length;
      }, slow)
      .toBeGreaterThan(before);
    await this.listedTimes(nacos.lists.length);
    await this.pass(60);
  }

  async close(): Promise<void> {
    await Promise.all(this.sources.map((source) => source.close()));
    await this.nacos.close();
  }
}
