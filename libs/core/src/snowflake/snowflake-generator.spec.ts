import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, FixedWorkerId } from '#testing';
import { workerLeaseLost } from '../errors.js';
import { systemClock, systemScheduler } from '../clock.js';
import { parseLayout } from './layout.js';
import { SnowflakeGenerator } from './snowflake-generator.js';

const EPOCH = 1_288_834_974_657;
const START = 1_700_000_000_000;

let clock: FakeClock;
let lease: FixedWorkerId;
let random: () => number;

function generator(layout = '41-10-12', epochMs = EPOCH): SnowflakeGenerator {
  return new SnowflakeGenerator(
    { layout: parseLayout(layout), epochMs, clockToleranceMs: 2_000 },
    { workerIds: lease, clock, scheduler: clock, random: () => random() },
  );
}

beforeEach(() => {
  clock = new FakeClock(START);
  random = () => 0;
  lease = new FixedWorkerId();
});

/** Takes `count` ids while time moves on a millisecond whenever the generator waits. */
async function takeMoving(ids: SnowflakeGenerator, count: number): Promise<bigint[]> {
  const call = ids.take(count);
  let done = false;
  call.then(
    () => (done = true),
    () => (done = true),
  );
  // oxlint-disable-next-line no-await-in-loop -- time moves step by step
  for (let i = 0; i < 5_000 && !done; i++) await clock.advance(1);
  return call;
}

describe('an id', () => {
  it('is put together from timestamp, worker id and sequence', async () => {
    const ids = generator();
    const id = await ids.getSnowflakeId('order');
    expect(await ids.decodeSnowflakeId(id)).toEqual({
      timestamp: START,
      time: new Date(START).toISOString(),
      workerId: 5,
      sequence: 0,
    });
    expect(lease.issuedMs).toBe(START);
  });

  it('is counted once, whatever its sequence begins at', async () => {
    const ids = generator();
    random = () => 0.9;
    expect(ids.totalIssued).toBe(0);
    await takeMoving(ids, 5_000);
    await clock.advance(10);
    await ids.getSnowflakeId('order');
    expect(ids.totalIssued).toBe(5_001);
  });

  it('carries the datacenter id where the layout has one', async () => {
    lease.id = { ...lease.id, workerId: 3 * 32 + 7 };
    const ids = generator('41-5-5-12');
    expect(await ids.decodeSnowflakeId(await ids.getSnowflakeId('x'))).toMatchObject({
      datacenterId: 3,
      workerId: 7,
    });
  });

  it('can be decoded again under every layout', async () => {
    const layouts = fc
      .tuple(fc.integer({ min: 41, max: 51 }), fc.integer({ min: 0, max: 5 }), fc.nat(6))
      .map(([timestamp, datacenter, worker]) =>
        [timestamp, ...(datacenter ? [datacenter] : []), worker + 1]
          .concat(63 - timestamp - datacenter - worker - 1)
          .join('-'),
      )
      .filter((text) => Number(text.split('-').at(-1)) >= 1);
    await fc.assert(
      fc.asyncProperty(layouts, fc.nat(), async (text, seed) => {
        const layout = parseLayout(text);
        const machine = seed % 2 ** (layout.workerBits + layout.datacenterBits);
        lease.id = { ...lease.id, workerId: machine };
        const ids = generator(text);
        const decoded = await ids.decodeSnowflakeId(await ids.getSnowflakeId('x'));
        expect(decoded.timestamp).toBe(START);
        expect((decoded.datacenterId ?? 0) * 2 ** layout.workerBits + decoded.workerId).toBe(
          machine,
        );
      }),
    );
  });

  it('refuses bad keys and counts', async () => {
    const ids = generator();
    await expect(ids.getSnowflakeId(' ')).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await expect(ids.getSnowflakeIds('x', 10_001)).rejects.toMatchObject({ code: 'COUNT_INVALID' });
  });
});

describe('the sequence', () => {
  it('gives every id of a millisecond, then waits for the next', async () => {
    const ids = generator();
    const all = await takeMoving(ids, 10_000);
    expect(new Set(all).size).toBe(10_000);
    expect(all.every((id, i) => i === 0 || id > all[i - 1]!)).toBe(true);
    expect(clock.wallMs() - START).toBeLessThanOrEqual(3);
  });

  it('gives an id at once only where one is at hand', async () => {
    const ids = generator();
    const atOnce = Array.from({ length: 4_096 }, () => ids.trySnowflakeId('x')!);
    expect(new Set(atOnce).size).toBe(4_096);
    expect(ids.trySnowflakeId('x')).toBeUndefined();
    expect(() => ids.trySnowflakeId(' ')).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  });

  it('gives 4,096 ids in each of many milliseconds under load', async () => {
    random = () => 0.99;
    const ids = generator();
    await takeMoving(ids, 4_033);
    const from = clock.wallMs();
    await takeMoving(ids, 40_960);
    expect(clock.wallMs() - from).toBeLessThanOrEqual(11);
  });

  it('makes up for milliseconds in which the process did not run, but not for long ones', async () => {
    const ids = generator();
    await takeMoving(ids, 4_096);
    await clock.advance(10);
    const all = await ids.take(10 * 4_096);
    const stamps = new Set(all.map((id) => Number(id >> 22n) + EPOCH));
    expect([...stamps]).toEqual(Array.from({ length: 10 }, (_, i) => START + 1 + i));
    await clock.advance(51);
    const [late] = await ids.take(1);
    expect(Number(late! >> 22n) + EPOCH).toBe(clock.wallMs());
  });

  it('does not always end in even ids when there is little traffic', async () => {
    let calls = 0;
    random = () => (calls++ % 10) / 10;
    const ids = generator();
    const ends = new Set<string>();
    for (let i = 0; i < 20; i++) {
      // oxlint-disable-next-line no-await-in-loop -- one id a second
      await clock.advance(1_000);
      // oxlint-disable-next-line no-await-in-loop
      ends.add(String(BigInt(await ids.getSnowflakeId('x')) % 8n));
    }
    expect(ends.size).toBeGreaterThan(3);
  });

  it('is not held up for ever by a clock that stands still', async () => {
    const ids = generator();
    const [refused] = await Promise.all([
      ids.take(5_000).catch((error: unknown) => error),
      clock.flush().then(() => clock.setMonotonic(clock.monotonicMs() + 2_500)),
    ]);
    expect(refused).toMatchObject({ code: 'CLOCK_BACKWARDS' });
  });

  it('is refused to callers whom the node cannot serve in time', async () => {
    const ids = generator('41-18-4');
    const calls = Array.from({ length: 5 }, () =>
      ids.take(10_000).catch((error: unknown) => error),
    );
    let settled: unknown[] | undefined;
    void Promise.all(calls).then((all) => (settled = all));
    // oxlint-disable-next-line no-await-in-loop -- time moves step by step
    for (let i = 0; i < 2_100 && !settled; i++) await clock.advance(1);
    const refused = expect.objectContaining({ code: 'OVERLOADED' });
    expect(settled).toEqual(expect.arrayContaining([refused]));
    expect(clock.monotonicMs()).toBeLessThan(1_000 + 2_100);
  });

  it('lets the event loop go on while it waits, on the real clock', async () => {
    const ids = new SnowflakeGenerator(
      { layout: parseLayout('41-10-12'), epochMs: EPOCH, clockToleranceMs: 2_000 },
      { workerIds: lease, clock: systemClock, scheduler: systemScheduler, random: Math.random },
    );
    let turns = 0;
    const count = () => {
      turns++;
      if (turns > 0) setImmediate(count);
    };
    setImmediate(count);
    await ids.take(20_000);
    expect(turns).toBeGreaterThan(1);
    turns = -Infinity;
  });
});

describe('the lease', () => {
  it('bounds every timestamp: above the reservation it is extended first', async () => {
    lease.id = { ...lease.id, reservedUntilMs: START + 10 };
    lease.onExtend = (ms) => (lease.id = { ...lease.id, reservedUntilMs: ms + 100 });
    const ids = generator();
    await ids.take(1);
    await clock.advance(11);
    expect(ids.tryNext()).toBeUndefined();
    await ids.take(1);
    expect(lease.extensions).toBe(1);
    expect(lease.issuedMs).toBe(START + 11);
  });

  it('is refused where the reservation cannot be extended', async () => {
    lease.id = { ...lease.id, reservedUntilMs: START - 1 };
    await expect(generator().getSnowflakeId('x')).rejects.toMatchObject({
      code: 'WORKER_LEASE_LOST',
    });
  });

  it('starts strictly above what the previous holder reserved, waiting a little or refusing', async () => {
    lease.id = { ...lease.id, floorMs: START + 1_000 };
    const ids = generator();
    const [id] = await takeMoving(ids, 1);
    expect(Number(id! >> 22n) + EPOCH).toBe(START + 1_001);

    lease.id = { ...lease.id, floorMs: clock.wallMs() + 60_000 };
    await clock.advance(1);
    await expect(ids.getSnowflakeId('x')).rejects.toMatchObject({ code: 'CLOCK_BACKWARDS' });
    expect(ids.readiness()).toEqual({
      status: 'down',
      reason: expect.stringMatching(/previous holder/),
    });
  });

  it('gives nothing once it is lost, and says why', async () => {
    const ids = generator();
    await ids.take(1);
    lease.failure = workerLeaseLost('gone');
    await clock.advance(1);
    await expect(ids.getSnowflakeId('x')).rejects.toMatchObject({ code: 'WORKER_LEASE_LOST' });
    expect(ids.readiness()).toEqual({ status: 'down', reason: 'gone' });
  });
});

it('refuses when the timestamp bits have run out and before the epoch', async () => {
  await expect(generator('31-10-22', START - 2 ** 31).getSnowflakeId('x')).rejects.toMatchObject({
    code: 'KEY_EXHAUSTED',
  });
  await expect(generator('41-10-12', START + 1).getSnowflakeId('x')).rejects.toMatchObject({
    code: 'CLOCK_BACKWARDS',
  });
});
