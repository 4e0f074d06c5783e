import { afterAll, beforeAll, beforeEach, afterEach, expect, it } from 'vitest';
import type { WorkerRecord, WorkerRecordSession } from '#core';
import { FakeClock } from '#testing';
import { startZooKeeper, type ZooKeeperServer } from '../../testing/src/servers/index.js';
import type { ZooKeeper } from './index.js';
import {
  by,
  freshRoot,
  open,
  Operator,
  registry,
  renewal,
  type Logged,
} from './zookeeper.fixture.js';

let server: ZooKeeperServer;
let operator: Operator;
let root: string;
let a: ZooKeeper & { logged: Logged[] };
let b: ZooKeeper;

beforeAll(async () => {
  server = await startZooKeeper();
  operator = await Operator.connect(server.connectString);
});
afterAll(async () => {
  operator.close();
  await server.stop();
});
beforeEach(() => {
  root = freshRoot();
  a = open(server.connectString, root);
  b = open(server.connectString, root);
});
afterEach(() => Promise.all([a.close(), b.close()]));

const record = (owner: string, version: number): WorkerRecord => ({
  workerId: 0,
  instance: owner,
  owner,
  version,
  reservedUntilMs: 1_000 * version,
  lastTimestampMs: 0,
  released: false,
});
const within = <T>(node: ZooKeeper, work: (records: WorkerRecordSession) => Promise<T>) =>
  node.workers.within(5_000, work);
const readOne = async (records: WorkerRecordSession) => (await records.read(0)).records[0]!;
const stored = async () => JSON.parse(await operator.read(`${root}/workers/0`)) as WorkerRecord;

async function insert(node: ZooKeeper, first: WorkerRecord): Promise<void> {
  await within(node, async (records) => {
    await records.read();
    expect(await records.insert(first)).toBe(true);
  });
}

async function write(node: ZooKeeper, next: WorkerRecord): Promise<void> {
  await within(node, async (records) => {
    expect(await records.update(await readOne(records), next)).toBe(true);
  });
}

it('refuses the write of whoever read before another one wrote', async () => {
  await insert(a, record('a', 1));
  await within(a, async (records) => {
    const seen = await readOne(records);
    await write(b, record('b', 2));
    expect(await records.update(seen, record('a', 2))).toBe(false);
  });
  expect(await stored()).toMatchObject({ owner: 'b', version: 2 });
  expect(await operator.read(`${root}/alive/0`)).toBe('b');
});

it('refuses the write of whoever read a node that was deleted and has come to the same version', async () => {
  await insert(a, record('a', 1));
  await write(a, record('a', 2));
  await within(a, async (records) => {
    const seen = await readOne(records);
    await operator.remove(`${root}/workers/0`);
    // The same owner and version even, as far as the data go.
    await insert(b, record('a', 1));
    await write(b, { ...record('a', 2), reservedUntilMs: 9_000 });
    expect(await records.update(seen, record('a', 3))).toBe(false);
  });
  expect(await stored()).toMatchObject({ version: 2, reservedUntilMs: 9_000 });
});

it('refuses it where an operator put an old record back', async () => {
  await insert(a, record('a', 1));
  const old = await operator.read(`${root}/workers/0`);
  await within(a, async (records) => {
    const seen = await readOne(records);
    await operator.write(`${root}/workers/0`, old);
    expect(await records.update(seen, record('a', 2))).toBe(false);
  });
  await within(a, async (records) => {
    const seen = await readOne(records);
    await operator.remove(`${root}/workers/0`);
    await operator.create(`${root}/workers/0`, old);
    expect(await records.update(seen, record('a', 2))).toBe(false);
  });
  expect(await stored()).toEqual(JSON.parse(old));
});

it('goes on from a record that an operator has put there', async () => {
  await insert(a, record('a', 4));
  const old = await operator.read(`${root}/workers/0`);
  await operator.remove(`${root}/workers/0`);
  await operator.create(`${root}/workers/0`, old);
  await write(b, record('b', 5));
  expect(await operator.children(`${root}/workers/0`)).toHaveLength(1);
  await write(b, record('b', 6));
  expect(await stored()).toMatchObject({ owner: 'b', version: 6 });
});

it('goes on from a whole tree that was copied there', async () => {
  await insert(a, record('a', 4));
  const old = await operator.read(`${root}/workers/0`);
  const children = await operator.children(`${root}/workers/0`);
  await operator.remove(`${root}/workers/0`);
  await operator.create(`${root}/workers/0`, old);
  await operator.create(`${root}/workers/0/${children[0]}`, '');
  await write(b, record('b', 5));
  await write(b, record('b', 6));
  expect(await stored()).toMatchObject({ owner: 'b', version: 6 });
});

it('goes on from a record whose child an operator has removed', async () => {
  await insert(a, record('a', 4));
  await operator.remove(`${root}/workers/0/${(await operator.children(`${root}/workers/0`))[0]}`);
  await operator.create(`${root}/workers/0/note`, '');
  await write(b, record('b', 5));
  await write(b, record('b', 6));
  expect(await stored()).toMatchObject({ owner: 'b', version: 6 });
});

it('refuses the write of whoever read a record that an operator put there, and is another one now', async () => {
  await insert(a, record('a', 1));
  const old = await operator.read(`${root}/workers/0`);
  await operator.remove(`${root}/workers/0`);
  await operator.create(`${root}/workers/0`, old);
  await operator.write(`${root}/workers/0`, old);
  await within(a, async (records) => {
    const seen = await readOne(records);
    await operator.remove(`${root}/workers/0`);
    await insert(b, { ...record('a', 1), reservedUntilMs: 9_000 });
    expect(await records.update(seen, record('a', 2))).toBe(false);
  });
  expect(await stored()).toMatchObject({ version: 1, reservedUntilMs: 9_000 });
});

it('lets one of two take a record that an operator put there', async () => {
  await insert(a, record('a', 1));
  const old = await operator.read(`${root}/workers/0`);
  await operator.remove(`${root}/workers/0`);
  await operator.create(`${root}/workers/0`, old);
  await within(a, async (records) => {
    const seen = await readOne(records);
    await write(b, record('b', 2));
    expect(await records.update(seen, record('a', 2))).toBe(false);
  });
  expect(await stored()).toMatchObject({ owner: 'b', version: 2 });
});

it('gives ids again after an operator has removed the parent of all records', async () => {
  await insert(a, record('a', 1));
  await operator.remove(`${root}/workers`);
  const grant = await registry(a.workers, new FakeClock()).acquire(by('a'));
  expect(grant.workerId).toBe(0);
});

it('tells a holder whose record was deleted and is another one now', async () => {
  const clock = new FakeClock();
  const grant = await registry(a.workers, clock).acquire(by('a'));
  await operator.remove(`${root}/workers/0`);
  const lost = { code: 'WORKER_LEASE_LOST' };
  await expect(registry(a.workers, clock).renew(grant, renewal())).rejects.toMatchObject(lost);
  expect((await registry(b.workers, clock).acquire(by('b'))).workerId).toBe(0);
  await expect(registry(a.workers, clock).renew(grant, renewal())).rejects.toMatchObject(lost);
});

const relative = { ...record('x', 1), released: true, incarnation: '..' };

it.each([
  '',
  'null',
  '{"owner":',
  '{"instance":"x","owner":"y","version":1}',
  JSON.stringify(relative),
])('poisoned record: gives nobody the id of one that cannot be read: %j', async (text) => {
  const clock = new FakeClock();
  const workers = registry(a.workers, clock, 1);
  await insert(b, record('b', 1));
  await operator.write(`${root}/workers/0`, text);
  await operator.create(`${root}/workers/backup`, text);
  const grant = await workers.acquire(by('a'));
  expect(grant.workerId).toBe(1);
  await clock.advance(60_000);
  await workers.renew(grant, renewal());
  await expect(workers.acquire(by('c'))).rejects.toMatchObject({ code: 'WORKER_IDS_EXHAUSTED' });
  await clock.advance(9_000);
  await workers.renew(grant, renewal());
  await expect(workers.acquire(by('c'))).rejects.toMatchObject({ code: 'WORKER_IDS_EXHAUSTED' });
  expect(await operator.read(`${root}/workers/0`)).toBe(text);
  const told = a.logged.filter(({ message }) => message.includes('cannot be read'));
  expect(told.map(({ details }) => details)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ path: `${root}/workers/0` }),
      expect.objectContaining({ path: `${root}/workers/backup` }),
    ]),
  );
  expect(told).toHaveLength(2);
});

it('tells the time of the server and that of the latest id', async () => {
  await insert(a, { ...record('a', 1), lastTimestampMs: 77 });
  const snapshot = await within(b, (records) => records.read());
  expect(snapshot.highestTimestampMs).toBe(77);
  expect(Math.abs(snapshot.storeMs - Date.now())).toBeLessThan(1_000);
  const later = await within(b, (records) => records.read(5));
  expect(later).toMatchObject({ records: [], highestTimestampMs: 77 });
  expect(later.storeMs).toBeGreaterThanOrEqual(snapshot.storeMs);
});
