import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startZooKeeper, type ZooKeeperServer } from '../../../testing/src/servers/index.js';
import { GRACE_MS, TTL_MS } from '../../../testing/src/worker-lease-bench.js';
import { by, Operator, renewal } from '../zookeeper.fixture.js';
import { freshBench, LeafProcess, openNode, type LeafBench } from './leaf.fixture.js';

const ADDRESS = '10.0.0.1:8080';
const NODE = `${ADDRESS}-0000000001`;
const CALL_MS = 30_000;
/** Of what is written aside, by a machine that may have much else to do. */
const SOON = { timeout: 20_000 };

let server: ZooKeeperServer;
let operator: Operator;
let at: LeafBench;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  server = await startZooKeeper();
  operator = await Operator.connect(server.connectString);
});
beforeEach(() => void (at = freshBench(server.connectString)));
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});
afterAll(async () => {
  operator.close();
  await server.stop();
});

function open() {
  const node = openNode(at);
  closers.push(() => node.close());
  return node;
}

async function holder(node = open(), address = ADDRESS) {
  const request = by(address, CALL_MS);
  const taken = await node.leases.acquire(request);
  const grant = await node.leases.renew(taken, renewal(CALL_MS));
  return { node, request, grant };
}

const leafText = () => operator.read(`${at.forever}/${NODE}`);
const timestamp = async () => (JSON.parse(await leafText()) as { timestamp: number }).timestamp;
const children = () => operator.children(at.forever).then((names) => names.toSorted());
const exhausted = { code: 'WORKER_IDS_EXHAUSTED' };
const lost = { code: 'WORKER_LEASE_LOST' };

it('gives a node its own id back at once after a clean stop, from its last timestamp on', async () => {
  const { node, grant } = await holder();
  expect(grant).toMatchObject({ workerId: 1, floorMs: 0 });
  const lastMs = Date.now() + 500;
  await node.leases.release(grant, lastMs, CALL_MS);
  expect(await timestamp()).toBe(lastMs);
  await node.close();
  const before = await children();
  const again = await open().leases.acquire(by(ADDRESS, CALL_MS));
  expect(again).toMatchObject({ workerId: 1, floorMs: lastMs, highestTimestampMs: lastMs });
  expect(await children()).toEqual(before);
});

it('gives it back after the grace when the process was killed, above its reservation', async () => {
  const { node, grant } = await holder();
  const alive = () => operator.children(`${at.root}/leaf/${at.leafName}/alive`);
  await expect.poll(alive, SOON).toEqual(['1']);
  const heir = open();
  const take = () => heir.leases.acquire(by(ADDRESS, CALL_MS));
  await expect(take()).rejects.toMatchObject(exhausted);
  await heir.clock.advance(GRACE_MS);
  // As long as it has a session it may be alive.
  await expect(take()).rejects.toMatchObject(exhausted);
  await node.close();
  await expect.poll(alive, SOON).toEqual([]);
  await expect(take()).rejects.toMatchObject(exhausted);
  await heir.clock.advance(GRACE_MS);
  expect(await take()).toMatchObject({ workerId: 1, floorMs: grant.reservedUntilMs });
  expect(await children()).toEqual([NODE, 'idun:0-0000000000']);
});

it('refuses the late writes of a process that lost its id, and stops its heartbeat', async () => {
  const sleeper = await holder();
  const heir = open();
  await expect(heir.leases.acquire(by(ADDRESS, CALL_MS))).rejects.toMatchObject(exhausted);
  await heir.clock.advance(TTL_MS + GRACE_MS);
  const successor = await holder(heir);
  expect(successor.grant.floorMs).toBeGreaterThanOrEqual(sleeper.grant.reservedUntilMs);
  await expect(sleeper.node.leases.renew(sleeper.grant, renewal(CALL_MS))).rejects.toMatchObject(
    lost,
  );
  expect(sleeper.node.clock.pendingTasks).toBe(0);
  await sleeper.node.leases.release(sleeper.grant, Date.now() + 9_000_000, CALL_MS);
  expect(await timestamp()).toBeLessThan(Date.now() + 60_000);
  // It gets its id again once that is given back.
  await heir.leases.release(successor.grant, Date.now(), CALL_MS);
  const again = await sleeper.node.leases.acquire(by(ADDRESS, CALL_MS));
  expect(again.workerId).toBe(1);
});

it('writes the time into the node every 3 s, as Leaf does, and never an earlier one', async () => {
  const { node, grant } = await holder();
  await expect.poll(timestamp, SOON).toBeGreaterThanOrEqual(node.clock.wallMs());
  await untilBeating(node);
  expect(await leafText()).toMatch(/^\{"ip":"10\.0\.0\.1","port":"8080","timestamp":\d{13}\}$/);
  await node.clock.advance(2_999);
  expect(node.clock.pendingTasks).toBe(1);
  const wallMs = node.clock.wallMs() + 1;
  await node.clock.advance(1);
  await expect.poll(timestamp, SOON).toBe(wallMs);
  await untilBeating(node);

  node.clock.shiftWall(-1_000_000);
  const issuedMs = wallMs + 700;
  await node.leases.renew(grant, { ...renewal(CALL_MS), lastTimestampMs: issuedMs });
  await node.clock.advance(3_000);
  await expect.poll(timestamp, SOON).toBe(issuedMs);
  await untilBeating(node);
  await node.clock.advance(3_000);
  await untilBeating(node);
  expect(await timestamp()).toBe(issuedMs);
});

it('writes no more once the lease is over, and again with the next renewal', async () => {
  const { node, grant } = await holder();
  await untilBeating(node);
  for (let beat = 0; beat < 3; beat++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await node.clock.advance(3_000);
    // oxlint-disable-next-line no-await-in-loop
    await untilBeating(node);
  }
  await node.clock.advance(3_000);
  expect(node.clock.pendingTasks).toBe(0);
  const last = await leafText();
  await node.clock.advance(60_000);
  expect(await leafText()).toBe(last);
  await node.leases.renew(grant, renewal(CALL_MS));
  await expect.poll(timestamp, SOON).toBe(node.clock.wallMs());
});

it('makes its node again under the same name when somebody removed it', async () => {
  const { node } = await holder();
  await untilBeating(node);
  await operator.remove(`${at.forever}/${NODE}`);
  await node.clock.advance(3_000);
  await expect.poll(children, SOON).toContain(NODE);
  expect(await timestamp()).toBe(node.clock.wallMs());
});

it('says so when a Leaf begins to write the node of a living node', async () => {
  const { node } = await holder();
  await untilBeating(node);
  expect(node.warnings).toEqual([]);
  const leaf = await LeafProcess.start(at, ADDRESS);
  closers.push(() => leaf.close());
  expect(leaf.workerId).toBe(1);
  await leaf.beat(Date.now() - 5);
  await node.clock.advance(3_000);
  await expect
    .poll(() => node.warnings, SOON)
    .toEqual([expect.stringMatching(/Another process writes/)]);
});

it('leaves a node that a Leaf can go on with once the fleet moves back', async () => {
  const { node, grant } = await holder();
  await node.leases.release(grant, Date.now(), CALL_MS);
  const leaf = await LeafProcess.start(at, ADDRESS);
  closers.push(() => leaf.close());
  expect(leaf.workerId).toBe(1);

  const other = await holder(open(), '10.0.0.2:8080');
  await other.node.leases.release(other.grant, Date.now() + 60_000, CALL_MS);
  await expect(LeafProcess.start(at, '10.0.0.2:8080')).rejects.toThrow('the clock is behind');
});

it('finds the record of its own earlier attempt again', async () => {
  const node = open();
  const request = by(ADDRESS, CALL_MS);
  const first = await node.leases.acquire(request);
  const again = await node.leases.acquire(request);
  expect(again).toMatchObject({ workerId: 1, owner: request.owner, version: first.version + 1 });
  expect(again.floorMs).toBe(first.reservedUntilMs);
});

it('goes on to measure the clock by the timestamps of Leafs after the first renewal', async () => {
  const leaf = await LeafProcess.start(at, '10.0.0.9:8080');
  closers.push(() => leaf.close());
  const aheadMs = Date.now() + 30_000;
  await leaf.beat(aheadMs);
  const node = open();
  const taken = await node.leases.acquire(by(ADDRESS, CALL_MS));
  expect(taken.highestTimestampMs).toBe(aheadMs);
  const renewed = await node.leases.renew(taken, renewal(CALL_MS));
  expect(renewed.highestTimestampMs).toBe(aheadMs);
});

/** The write that is under way is done, and the next one planned. */
async function untilBeating({ clock }: ReturnType<typeof open>): Promise<void> {
  await expect.poll(() => clock.pendingTasks, SOON).toBe(1);
}
