import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startZooKeeper,
  startZooKeeperEnsemble,
  type ZooKeeperEnsemble,
  type ZooKeeperServer,
} from './index.js';
import { askServer } from './zookeeper-server.js';

const ask = ({ port }: ZooKeeperServer) => askServer(port);

describe('a ZooKeeper of one own', () => {
  let server: ZooKeeperServer;
  beforeAll(async () => void (server = await startZooKeeper()));
  afterAll(() => server.stop());

  it('serves alone', async () => {
    expect(await ask(server)).toMatch(/^Zookeeper version: 3\.[\s\S]*^Mode: standalone$/m);
  });

  it('answers nothing while paused and everything after', async () => {
    server.pause();
    const answer = ask(server);
    expect(await Promise.race([answer, delay(300, 'silence')])).toBe('silence');
    server.resume();
    expect(await answer).toContain('Mode: standalone');
  });

  it('comes back on the same port after a kill', async () => {
    const before = server.pid();
    await server.kill();
    await expect(ask(server)).rejects.toThrow(/ECONNREFUSED/);
    await server.start();
    expect(server.pid()).not.toBe(before);
    expect(await ask(server)).toContain('Mode: standalone');
  });
});

describe('an ensemble of three', () => {
  let ensemble: ZooKeeperEnsemble;
  beforeAll(async () => void (ensemble = await startZooKeeperEnsemble(3)));
  afterAll(() => ensemble.stop());

  it('has one leader, and another one once that is killed', async () => {
    const modes = await Promise.all(ensemble.members.map(ask));
    const leader = modes.findIndex((mode) => mode.includes('Mode: leader'));
    expect(modes.filter((mode) => mode.includes('Mode: follower'))).toHaveLength(2);
    expect(ensemble.connectString.split(',')).toHaveLength(3);

    await ensemble.members[leader]!.kill();
    const others = ensemble.members.filter((_, n) => n !== leader);
    await expect
      .poll(async () => (await Promise.all(others.map(ask))).join(''), { timeout: 20_000 })
      .toContain('Mode: leader');
    await ensemble.members[leader]!.start();
    expect(await ask(ensemble.members[leader]!)).toContain('Mode: follower');
  });
});
