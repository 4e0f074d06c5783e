import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { WorkerLeaseGrant } from '#core';
import { startZooKeeper, type ZooKeeperServer } from '../../../testing/src/servers/index.js';
import { by, Operator, renewal } from '../zookeeper.fixture.js';
import { freshBench, LeafProcess, moveSequence, openNode, type LeafBench } from './leaf.fixture.js';

let server: ZooKeeperServer;
let operator: Operator;
beforeAll(async () => {
  server = await startZooKeeper();
  operator = await Operator.connect(server.connectString);
});
afterAll(async () => {
  operator.close();
  await server.stop();
});

const closers: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

const bench = () => freshBench(server.connectString);

function node(at: LeafBench) {
  const opened = openNode(at);
  closers.push(() => opened.close());
  return opened;
}

async function leaf(at: LeafBench, address: string): Promise<LeafProcess> {
  const started = await LeafProcess.start(at, address);
  closers.push(() => started.close());
  return started;
}

const acquire = (at: LeafBench, address: string) => node(at).leases.acquire(by(address, 30_000));
const twenty = <T>(make: (i: number) => T) => Array.from({ length: 20 }, (_, i) => make(i));
const ours = (at: LeafBench) => twenty((i) => acquire(at, `10.0.0.${i}:8080`));
const theirs = (at: LeafBench) => twenty((i) => leaf(at, `10.0.1.${i}:8080`));
const exhausted = (message: RegExp) => ({
  code: 'WORKER_IDS_EXHAUSTED',
  message: expect.stringMatching(message),
});

/** Of all that Leaf sees, without what stands in the place of 0. */
async function numbers({ forever }: LeafBench): Promise<number[]> {
  const names = await operator.children(forever);
  return names
    .filter((name) => name !== 'idun:0-0000000000')
    .map((name) => Number(name.split('-')[1]))
    .toSorted((a, b) => a - b);
}

it('registers twenty nodes and twenty Leafs at once on an empty root, without one id for two', async () => {
  const at = bench();
  const [grants, leaves] = await Promise.all([Promise.all(ours(at)), Promise.all(theirs(at))]);
  const used = grants.map(({ workerId }) => workerId);
  expect(new Set(used).size).toBe(20);
  // Leafs that saw no root all take 0: that is theirs, and never ours.
  const byLeaf = new Set(leaves.map(({ workerId }) => workerId));
  expect(used.filter((id) => byLeaf.has(id) || id === 0)).toEqual([]);
  const all = await numbers(at);
  expect(all).toHaveLength(40);
  expect(new Set(all).size).toBe(40);
  expect(all).toEqual(expect.arrayContaining(used));
});

it('gives twenty nodes and twenty Leafs forty ids once there is a root', async () => {
  const at = bench();
  const first = await acquire(at, '10.0.2.1:8080');
  const [grants, leaves] = await Promise.all([Promise.all(ours(at)), Promise.all(theirs(at))]);
  const ids = [...grants, ...leaves].map(({ workerId }) => workerId);
  expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 2));
  expect(first.workerId).toBe(1);
});

it('leaves 0 to a Leaf that had looked for the root before there was one', async () => {
  const at = bench();
  const early = await LeafProcess.look(at, '10.0.0.9:8080');
  closers.push(() => early.close());
  const grant = await acquire(at, '10.0.0.1:8080');
  await early.register();
  expect([grant.workerId, early.workerId]).toEqual([1, 0]);
  expect(await numbers(at)).toEqual([1, 2]);
});

it('makes one node of an address, however many of its processes ask, and gives it to one', async () => {
  const at = bench();
  const settled = await Promise.allSettled(
    Array.from({ length: 8 }, () => acquire(at, '10.0.0.1:8080')),
  );
  const refused = settled.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(7);
  for (const outcome of refused) {
    const reason = exhausted(
      /Worker id 1.*10\.0\.0\.1:8080.*IDUN_ADVERTISE_HOST or IDUN_HTTP_PORT/,
    );
    expect(outcome).toMatchObject({ reason });
  }
  expect(await numbers(at)).toEqual([1]);
});

it('adds nothing for a clock that is far ahead', async () => {
  const at = bench();
  const wallMs = Date.now() + 120_000;
  const request = { ...by('10.0.0.1:8080'), wallMs };
  await expect(node(at).leases.acquire(request)).rejects.toMatchObject({ code: 'CLOCK_UNTRUSTED' });
  await leaf(at, '10.0.0.2:8080');
  expect(await numbers(at)).toEqual([0]);
});

it('gives the last worker id, then none, and uses up no number by asking again', async () => {
  const at = bench();
  await acquire(at, '10.0.0.1:8080');
  await moveSequence(at, 1_023);
  expect(await acquire(at, '10.0.0.2:8080')).toMatchObject({ workerId: 1_023 });
  const before = await numbers(at);
  const late = node(at);
  const usedUp = exhausted(/used up.*\b1024\b.*1023.*lease zookeeper/);
  await expect(late.leases.acquire(by('10.0.0.3:8080'))).rejects.toMatchObject(usedUp);
  await expect(late.leases.acquire(by('10.0.0.3:8080'))).rejects.toMatchObject(usedUp);
  expect(await numbers(at)).toEqual(before);
  // One that a Leaf has made for the address is found, and no other one is made.
  const beyond = await leaf(at, '10.0.0.3:8080');
  expect(beyond.workerId).toBe(1_024);
  await expect(late.leases.acquire(by('10.0.0.3:8080'))).rejects.toMatchObject(usedUp);
  expect(await numbers(at)).toEqual([...before, 1_024].toSorted((a, b) => a - b));
});

it('refuses a number that another address has too', async () => {
  const at = bench();
  const first = await acquire(at, '10.0.0.1:8080');
  expect(first.workerId).toBe(1);
  await operator.create(`${at.forever}/10.0.0.7:8080-0000000001`, '{}');
  const shared = exhausted(/10\.0\.0\.1:8080-0000000001 and 10\.0\.0\.7:8080-0000000001 below/);
  await expect(acquire(at, '10.0.0.1:8080')).rejects.toMatchObject(shared);
});

it('knows the highest timestamp of the Leafs, but for clocks that are wrong', async () => {
  const at = bench();
  const [fast, wrong] = [await leaf(at, '10.0.1.1:8080'), await leaf(at, '10.0.1.2:8080')];
  const fastMs = Date.now() + 20_000;
  await fast.beat(fastMs);
  await wrong.beat(fastMs + 3_600_000);
  expect(await acquire(at, '10.0.0.1:8080')).toMatchObject({ highestTimestampMs: fastMs });
});

it('refuses an address while a Leaf lives there, then starts above what that one may have issued', async () => {
  const at = bench();
  const addresses = [1, 2, 3, 4].map((n) => `10.0.1.${n}:8080`) as [string, string, string, string];
  await acquire(at, '10.0.0.1:8080'); // there is a root
  const [live, wrong] = [await leaf(at, addresses[0]), await leaf(at, addresses[1])];
  const [unreadable, ahead] = [await leaf(at, addresses[2]), await leaf(at, addresses[3])];
  const taker = node(at);
  await live.beat();
  const alive = exhausted(/Worker id 2 .*Leaf process.*10\.0\.1\.1:8080.*Stop that Leaf/);
  await expect(taker.leases.acquire(by(addresses[0]))).rejects.toMatchObject(alive);

  // The one that is waited for comes last: by then the others have been silent for long enough too.
  await wrong.beat(Date.now() + 3_600_000);
  await operator.write(unreadable.path, 'nonsense');
  const aheadMs = Date.now() + 20_000;
  await ahead.beat(aheadMs);
  // A second node of that address, as a Leaf makes one whose first answer was lost.
  await operator.create(`${at.forever}/${addresses[0]}-0000000077`, '{}');
  // Its clock is 30 s behind: what counts is what it may have come to by now.
  const timestampMs = Date.now() - 30_000;
  const diedMs = Date.now();
  await live.beat(timestampMs);
  const taken: WorkerLeaseGrant[] = [];
  const take = () =>
    taker.leases.acquire(by(addresses[0], 30_000)).then((grant) => taken.push(grant));
  const outcome = () => take().catch((error: unknown) => error);
  await expect.poll(outcome, { timeout: 60_000, interval: 250 }).toBe(1);
  expect(Date.now() - diedMs).toBeGreaterThanOrEqual(10_000);
  expect(taken[0]!.workerId).toBe(2);
  expect(taken[0]!.floorMs).toBeGreaterThan(timestampMs + 10_000);
  await expect(acquire(at, addresses[1])).rejects.toMatchObject({
    code: 'CLOCK_BACKWARDS',
    message: expect.stringContaining('the clock of that Leaf was wrong'),
  });
  const grant = await acquire(at, addresses[2]);
  expect(grant.workerId).toBe(4);
  expect(grant.floorMs).toBeGreaterThanOrEqual(diedMs);

  // What that Leaf may have issued is in the record too, for whoever comes next.
  const heir = node(at);
  const behind = await heir.leases.acquire(by(addresses[3], 30_000));
  expect(behind.floorMs).toBeGreaterThan(aheadMs + 10_000);
  await heir.leases.renew(behind, renewal(30_000));
  const record = await operator.read(`${at.root}/leaf/${at.leafName}/workers/5`);
  const { reservedUntilMs } = JSON.parse(record) as { reservedUntilMs: number };
  expect(reservedUntilMs).toBeGreaterThanOrEqual(behind.floorMs);
  expect(await numbers(at)).toEqual([1, 2, 3, 4, 5, 77]);
});
