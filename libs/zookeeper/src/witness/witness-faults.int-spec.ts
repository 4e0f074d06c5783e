import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { IdunError } from '#contracts';
import type { Claim, SegmentRange, Witness } from '#core';
import {
  startTcpProxy,
  startZooKeeperEnsemble,
  type TcpProxy,
  type ZooKeeperEnsemble,
} from '../../../testing/src/servers/index.js';
import { freshRoot, Operator, type Logged } from '../zookeeper.fixture.js';
import { openWitness, pathOf } from './witness.fixture.js';

const TIMEOUT_MS = 1_500;
const KEY = 'k';
const SIZE = 10n;
const unavailable = { code: 'STORE_UNAVAILABLE', cause: expect.any(Error) };

let ensemble: ZooKeeperEnsemble;
let root: string;
const closers: (() => unknown)[] = [];
beforeAll(async () => void (ensemble = await startZooKeeperEnsemble(3)));
beforeEach(() => void (root = freshRoot()));
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});
afterAll(() => ensemble.stop());

function opened(connectString = ensemble.connectString, sessionTimeoutMs?: number) {
  const one = openWitness(connectString, { root }, sessionTimeoutMs);
  closers.push(() => one.close());
  return one;
}

const node = (connectString?: string): Witness => opened(connectString).witness;

async function proxied(): Promise<TcpProxy> {
  const proxy = await startTcpProxy(ensemble.members[0]!);
  closers.push(() => proxy.stop());
  return proxy;
}

/** A claim that settles in time whatever happens; undefined where its outcome is failure or unknown. */
async function tryClaim(witness: Witness, range: SegmentRange): Promise<Claim | undefined> {
  const startedMs = performance.now();
  try {
    return await witness.claim(KEY, range, 0n, TIMEOUT_MS);
  } catch (error) {
    if (!(error instanceof IdunError) || error.code !== 'STORE_UNAVAILABLE') throw error;
    return undefined;
  } finally {
    expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS + 1_000);
  }
}

async function untilDone<T>(work: () => Promise<T>): Promise<T> {
  for (const endsMs = performance.now() + 30_000; ;) {
    try {
      return await work();
    } catch (error) {
      expect(error).toMatchObject(unavailable);
      if (performance.now() > endsMs) throw error;
      await delay(50);
    }
  }
}

const open = (witness: Witness) => untilDone(() => witness.open(KEY, 1n, TIMEOUT_MS));

/**
 * A store that has gone mad: its ranges begin anywhere, some where others begin. So every claim may be refused, and
 * none may be confirmed whose ids were confirmed before.
 */
class MadStore {
  readonly confirmed: SegmentRange[] = [];
  refusals = 0;
  isOver = false;
  private next = 1n;

  async claimOn(witness: Witness): Promise<void> {
    while (!this.isOver) {
      const back = Math.random() < 0.5 ? BigInt(Math.floor(Math.random() * 40)) : 0n;
      const start = this.next > back ? this.next - back : 1n;
      const range = { start, end: start + SIZE };
      if (range.end > this.next) this.next = range.end;
      const claim = await tryClaim(witness, range);
      if (claim?.verdict === 'claimed') this.confirmed.push(range);
      // Without one it has failed, or not: a new leader can be there before anybody notices.
      else if (claim) this.refusals++;
    }
  }

  expectNothingTwice(): void {
    const inOrder = this.confirmed.toSorted((a, b) => (a.start < b.start ? -1 : 1));
    const twice = inOrder.filter((range, n) => n > 0 && range.start < inOrder[n - 1]!.end);
    expect(twice).toEqual([]);
  }
}

it('confirms no id twice while members are killed, the leader among them', async () => {
  const nodes = [node(), node(), node()];
  for (const witness of nodes) await open(witness);
  const store = new MadStore();
  const clients = nodes.flatMap((witness) => [store.claimOn(witness), store.claimOn(witness)]);
  const grows = async () => {
    const { length } = store.confirmed;
    await expect
      .poll(() => store.confirmed.length, { timeout: 30_000 })
      .toBeGreaterThan(length + 50);
  };
  await grows();
  for (const member of ensemble.members) {
    await member.kill();
    await grows();
    await member.start();
    await grows();
  }
  store.isOver = true;
  await Promise.all(clients);
  store.expectNothingTwice();
  expect(store.refusals).toBeGreaterThan(50);
});

it('says so in time while there is no majority, and goes on once there is one', async () => {
  const [witness, other] = [node(), node()];
  await open(witness);
  expect(await tryClaim(witness, { start: 1n, end: 11n })).toMatchObject({ verdict: 'claimed' });
  const [, ...rest] = ensemble.members;
  await Promise.all(rest.map((member) => member.kill()));
  const startedMs = performance.now();
  const outcomes = await Promise.allSettled([
    witness.claim(KEY, { start: 11n, end: 21n }, 0n, TIMEOUT_MS),
    // Behind the one before, and no later than it.
    witness.claim(KEY, { start: 5n, end: 6n }, 0n, TIMEOUT_MS),
    witness.cover(KEY, { start: 11n, end: 21n }, TIMEOUT_MS),
    witness.release(KEY, { start: 1n, end: 11n }, 1n, TIMEOUT_MS),
    witness.open('other', 1n, TIMEOUT_MS),
    other.claim(KEY, { start: 5n, end: 6n }, 0n, TIMEOUT_MS),
  ]);
  expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS + 1_000);
  for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: unavailable });
  await Promise.all(rest.map((member) => member.start()));
  const claim = (range: SegmentRange) => untilDone(() => other.claim(KEY, range, 0n, TIMEOUT_MS));
  expect(await claim({ start: 1_001n, end: 1_011n })).toMatchObject({ verdict: 'claimed' });
  expect(await claim({ start: 1_001n, end: 1_011n })).toMatchObject({ verdict: 'rewound' });
});

it('remembers over a session that has expired', async () => {
  const proxy = await proxied();
  const { witness, logged } = opened(`${proxy.host}:${proxy.port}`, 1_000);
  const other = node();
  await open(witness);
  await open(other);
  expect(await tryClaim(witness, { start: 1n, end: 11n })).toMatchObject({ verdict: 'claimed' });
  proxy.cut();
  expect(await tryClaim(other, { start: 11n, end: 21n })).toMatchObject({ verdict: 'claimed' });
  const isOver = ({ message }: Logged) => message.includes('session is over');
  await expect.poll(() => logged.some(isOver)).toBe(true);
  expect(await tryClaim(other, { start: 21n, end: 31n })).toMatchObject({ verdict: 'claimed' });
  proxy.resume();
  const claim = (start: bigint) =>
    untilDone(() => witness.claim(KEY, { start, end: start + SIZE }, 0n, TIMEOUT_MS));
  expect(await claim(11n)).toEqual({ verdict: 'rewound', mark: 31n });
  expect(await claim(31n)).toMatchObject({ verdict: 'claimed' });
});

it('sends a claim once, whose answer was swallowed, and knows what came of it', async () => {
  const proxy = await proxied();
  const witness = node(`${proxy.host}:${proxy.port}`);
  const operator = await Operator.connect(ensemble.connectString);
  closers.push(() => operator.close());
  await open(witness);
  const before = await operator.stat(pathOf(root, KEY));
  proxy.blackhole();
  const range = { start: 1n, end: 11n };
  const startedMs = performance.now();
  await expect(witness.claim(KEY, range, 0n, TIMEOUT_MS)).rejects.toMatchObject(unavailable);
  expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS + 1_000);
  proxy.resume();
  // Nothing of the first call is done any more: these bytes never arrived.
  const claim = () => untilDone(() => witness.claim(KEY, range, 0n, TIMEOUT_MS));
  expect(await claim()).toMatchObject({ verdict: 'claimed' });
  expect(await claim()).toEqual({ verdict: 'rewound', mark: 11n });
  expect((await operator.stat(pathOf(root, KEY))).version).toBe(before.version + 1);
});

it('lets a claim through once that arrives late', async () => {
  const proxy = await proxied();
  const witness = node(`${proxy.host}:${proxy.port}`);
  const other = node();
  await open(witness);
  const range = { start: 1n, end: 11n };
  proxy.pause();
  await expect(witness.claim(KEY, range, 0n, TIMEOUT_MS)).rejects.toMatchObject(unavailable);
  proxy.resume();
  // Carried out or not by now: of the three one is confirmed at most, and then the range is claimed.
  const later = [witness, other].map((each) =>
    untilDone(() => each.claim(KEY, range, 0n, TIMEOUT_MS)),
  );
  const verdicts = (await Promise.all(later)).map(({ verdict }) => verdict);
  expect(verdicts).toContain('rewound');
  const last = await untilDone(() => other.claim(KEY, range, 0n, TIMEOUT_MS));
  expect(last).toEqual({ verdict: 'rewound', mark: 11n });
});

it('waits for a connection within its time, as nothing was sent yet', async () => {
  const proxy = await proxied();
  const witness = node(`${proxy.host}:${proxy.port}`);
  await open(witness);
  proxy.cut();
  await expect.poll(() => proxy.connections()).toBe(0);
  const claim = witness.claim(KEY, { start: 1n, end: 11n }, 0n, 20_000);
  await delay(200); // it is waiting
  proxy.resume();
  expect(await claim).toMatchObject({ verdict: 'claimed' });
});

it('believes no member that has been left behind', async () => {
  const [first] = ensemble.members;
  // One that is connected to the first member alone, which hears nothing for a while.
  const behind = opened(first!.connectString, 10_000).witness;
  const ahead = node(
    ensemble.members
      .slice(1)
      .map((member) => member.connectString)
      .join(','),
  );
  await open(ahead);
  await open(behind);
  expect(await tryClaim(behind, { start: 1n, end: 11n })).toMatchObject({ verdict: 'claimed' });
  first!.pause();
  const claims = ['11', '21', '31'].map(BigInt);
  for (const start of claims) {
    const range = { start, end: start + SIZE };
    expect(await untilDone(() => ahead.claim(KEY, range, 0n, TIMEOUT_MS))).toMatchObject({
      verdict: 'claimed',
    });
  }
  await untilDone(() => ahead.release(KEY, { start: 1n, end: 11n }, 1n, TIMEOUT_MS));
  first!.resume();
  const claim = (start: bigint) =>
    untilDone(() => behind.claim(KEY, { start, end: start + SIZE }, 0n, TIMEOUT_MS));
  expect(await claim(21n)).toEqual({ verdict: 'rewound', mark: 41n });
  // Released meanwhile, which it does not remember.
  expect(await claim(1n)).toMatchObject({ verdict: 'claimed' });
  expect(await claim(41n)).toMatchObject({ verdict: 'claimed' });
});
