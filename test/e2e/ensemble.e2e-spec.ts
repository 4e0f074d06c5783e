import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  startZooKeeperEnsemble,
  temporaryFolder,
  type ZooKeeperEnsemble,
} from '../../libs/testing/src/servers/index.js';
import { startLeaseHolders } from './lease-holders.fixture.js';
import { LeaseNodes } from './zookeeper.fixture.js';

const TTL = { IDUN_WORKER_TTL_MS: '4000' };

let ensemble: ZooKeeperEnsemble;
let nodes: LeaseNodes;

beforeAll(async () => void (ensemble = await startZooKeeperEnsemble(3)));
afterAll(() => ensemble.stop());
beforeEach(() => void (nodes = new LeaseNodes(ensemble.connectString)));
afterEach(() => nodes.end());

it('gives fifty sessions that start at once, on an empty root, the ids from 0 to 49', async () => {
  const { connectString, root } = nodes;
  const holders = await startLeaseHolders(50, { connectString, root });
  try {
    const held = await holders.begin();
    expect(held.map(({ workerId }) => workerId).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
    for (const { ids } of held) {
      expect(ids).toHaveLength(1_000);
      nodes.given.push(...ids);
    }
  } finally {
    await holders.end();
  }
});

it('repeats nothing when a node sleeps through its lease, and lets it go on once an id is free', async () => {
  const twoIds = { ...TTL, IDUN_SNOWFLAKE_LAYOUT: '41-1-21' };
  const [sleeper, other] = await Promise.all([nodes.start(twoIds), nodes.start(twoIds)]);
  await Promise.all([sleeper.untilReady(), other.untilReady()]);
  const heir = await nodes.start(twoIds);
  await expect.poll(() => heir.take(), { timeout: 15_000 }).toBe('WORKER_IDS_EXHAUSTED');
  const inherited = await sleeper.workerId();
  const [ofSleeper, ofOther, ofHeir] = [sleeper.callers(), other.callers(), heir.callers()];
  await ofSleeper.untilServed(10);

  sleeper.server.signal('SIGSTOP');
  // The session's time and the grace, if all goes well.
  await heir.untilReady(40_000);
  expect(await heir.workerId()).toBe(inherited);
  await ofHeir.untilServed(10);
  expect(ofSleeper.codes.size).toBe(0);

  sleeper.server.signal('SIGCONT');
  await expect.poll(() => sleeper.take(), { timeout: 15_000 }).toBe('WORKER_IDS_EXHAUSTED');
  expect(await sleeper.readiness()).toBe(503);
  expect(
    [...ofSleeper.codes].filter((code) => !/^WORKER_(LEASE_LOST|IDS_EXHAUSTED)$/.test(code)),
  ).toEqual([]);

  await ofOther.stop();
  await other.terminate();
  await sleeper.untilReady(10_000);
  expect(await sleeper.take(10_000)).toBeUndefined();
  await Promise.all([ofSleeper.stop(), ofHeir.stop()]);
  expect(ofSleeper.codes).toContain('WORKER_IDS_EXHAUSTED');
});

it('says CLOCK_BACKWARDS when the clock was set back by 10 minutes across a restart', async () => {
  const dataDir = temporaryFolder('ensemble-clock');
  try {
    const before = await nodes.start(TTL, { dataDir });
    await before.untilReady();
    await before.untilRenewed(await before.workerId());
    expect(await before.take()).toBeUndefined();
    await before.end();

    const node = await nodes.start(TTL, { dataDir, clockOffset: '-10m' });
    await expect.poll(() => node.take(), { timeout: 15_000 }).toBe('CLOCK_BACKWARDS');
    const ready = await fetch(`${node.server.httpUrl}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('behind the highest timestamp');
    await node.takeSegment();

    node.server.setClockOffset('+0s');
    await node.untilReady(15_000);
    expect(await node.take()).toBeUndefined();
    await node.end();
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});

it('gives two processes of one instance two ids, and one of them again after clean stops', async () => {
  const first = await nodes.start({ ...TTL, IDUN_INSTANCE: 'another' });
  await first.untilReady();
  const twin = { ...TTL, IDUN_INSTANCE: 'twin' };
  const twins = await Promise.all([nodes.start(twin), nodes.start(twin)]);
  await Promise.all(twins.map((node) => node.untilReady()));
  const ids = await Promise.all(twins.map((node) => node.workerId()));
  expect(new Set(ids)).toEqual(new Set([1, 2]));
  expect(await Promise.all(twins.map((node) => node.take()))).toEqual([undefined, undefined]);
  await Promise.all([first, ...twins].map((node) => node.terminate()));

  const again = await nodes.start(twin);
  await again.untilReady(10_000);
  // Not 0, although that is free as well, and lower.
  expect(ids).toContain(await again.workerId());
  expect(await again.take()).toBeUndefined();
});
