import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  askServer,
  startZooKeeperEnsemble,
  type ZooKeeperEnsemble,
  type ZooKeeperServer,
} from '../../libs/testing/src/servers/index.js';
import { LeaseNodes } from './zookeeper.fixture.js';

let ensemble: ZooKeeperEnsemble;
let nodes: LeaseNodes;

beforeAll(async () => void (ensemble = await startZooKeeperEnsemble(3)));
afterAll(() => ensemble.stop());
beforeEach(() => void (nodes = new LeaseNodes(ensemble.connectString)));
afterEach(() => nodes.end());

async function modeOf(member: ZooKeeperServer): Promise<string> {
  const answer = await askServer(member.port).catch(() => '');
  return /^Mode: (\w+)/m.exec(answer)?.[1] ?? 'none';
}

/** The first that has this role, waited for while the ensemble elects. */
async function findMember(mode: 'leader' | 'follower'): Promise<ZooKeeperServer> {
  let found: ZooKeeperServer | undefined;
  const find = async () => {
    const modes = await Promise.all(ensemble.members.map(modeOf));
    found = ensemble.members[modes.indexOf(mode)];
    return modes.toSorted();
  };
  await expect
    .poll(find, { timeout: 30_000, interval: 100 })
    .toEqual(['follower', 'follower', 'leader']);
  return found!;
}

it('refuses nobody while members are killed one after the other, the leader included', async () => {
  // The lease time of the defaults: an election and a new connection take seconds.
  const running = await Promise.all([nodes.start(), nodes.start()]);
  await Promise.all(running.map((node) => node.untilReady()));
  const ids = await Promise.all(running.map((node) => node.workerId()));
  const callers = running.map((node) => node.callers());
  const untilRenewed = () => Promise.all(running.map((node, i) => node.untilRenewed(ids[i]!)));
  for (const mode of ['leader', 'follower', 'leader'] as const) {
    // oxlint-disable no-await-in-loop -- one after the other
    const member = await findMember(mode);
    await untilRenewed();
    await member.kill();
    // By the other two members, before the lease that is fresh now ends.
    await untilRenewed();
    await member.start();
    // oxlint-enable no-await-in-loop
  }
  await findMember('leader');
  await Promise.all(callers.map((each) => each.stop()));
  for (const { codes, served } of callers) {
    expect([...codes]).toEqual([]);
    expect(served).toBeGreaterThan(100);
  }
});

const TTL_MS = 3_000;
/** A signal has come by then to every thread of a server. */
const SIGNAL_MS = 250;

it.each([
  [
    'killed',
    (member: ZooKeeperServer) => member.kill(),
    (member: ZooKeeperServer) => member.start(),
  ],
  [
    // Connections stay open and no session is ever called expired: the node's own clocks end the lease.
    'stopped, without a word',
    async (member: ZooKeeperServer) => member.pause(),
    async (member: ZooKeeperServer) => member.resume(),
  ],
])(
  'gives none once the lease time is over while all members are %s',
  async (_how, lose, bringBack) => {
    const running = await Promise.all(
      [1, 2].map(() => nodes.start({ IDUN_WORKER_TTL_MS: String(TTL_MS) })),
    );
    await Promise.all(running.map((node) => node.untilReady()));
    const callers = running.map((node) => node.callers());
    await Promise.all(running.map(async (node) => node.untilRenewed(await node.workerId())));
    await Promise.all(callers.map((each) => each.untilServed(10)));

    await Promise.all(ensemble.members.map((member) => lose(member)));
    const endMs = performance.now() + TTL_MS + SIGNAL_MS;
    await sleep(endMs + 1_000 - performance.now());
    for (const [i, node] of running.entries()) {
      // oxlint-disable no-await-in-loop
      expect(await node.take()).toBe('WORKER_LEASE_LOST');
      expect(await node.readiness()).toBe(503);
      await node.takeSegment();
      // oxlint-enable no-await-in-loop
      expect(callers[i]!.lastServedMs).toBeLessThanOrEqual(endMs);
    }

    await Promise.all(ensemble.members.map((member) => bringBack(member)));
    await Promise.all(running.map((node) => node.untilReady(20_000)));
    await Promise.all(callers.map((each) => each.untilServed(10)));
    await Promise.all(callers.map((each) => each.stop()));
    for (const { codes } of callers) expect([...codes]).toEqual(['WORKER_LEASE_LOST']);
  },
);
