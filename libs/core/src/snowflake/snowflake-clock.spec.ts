import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, FixedWorkerId } from '#testing';
import { parseLayout } from './layout.js';
import { SnowflakeGenerator } from './snowflake-generator.js';

const EPOCH = 1_288_834_974_657;
const START = 1_700_000_000_000;

let clock: FakeClock;
let lease: FixedWorkerId;

function generator(): SnowflakeGenerator {
  return new SnowflakeGenerator(
    { layout: parseLayout('41-10-12'), epochMs: EPOCH, clockToleranceMs: 2_000 },
    { workerIds: lease, clock, scheduler: clock, random: () => 0 },
  );
}

beforeEach(() => {
  clock = new FakeClock(START);
  lease = new FixedWorkerId();
});

describe('a clock that steps back', () => {
  it('is ridden out at the pace of the monotonic clock', async () => {
    const ids = generator();
    const before = await ids.take(1);
    clock.shiftWall(-1_500);
    await clock.advance(700);
    const decoded = await ids.decodeSnowflakeId(await ids.getSnowflakeId('x'));
    expect(decoded.timestamp).toBe(START + 700);
    expect(before[0]! >> 22n).toBe(BigInt(START - EPOCH));
  });

  it('is refused beyond the tolerance, with the time to wait, until it has caught up', async () => {
    const ids = generator();
    await ids.take(1);
    clock.shiftWall(-600_000);
    await expect(ids.getSnowflakeId('x')).rejects.toMatchObject({
      code: 'CLOCK_BACKWARDS',
      retryAfterMs: 598_000,
    });
    expect(ids.readiness()).toEqual({ status: 'down', reason: expect.stringMatching(/behind/) });
    await clock.advance(598_001);
    const decoded = await ids.decodeSnowflakeId(await ids.getSnowflakeId('x'));
    expect(decoded.timestamp).toBeGreaterThanOrEqual(START);
    expect(decoded.timestamp - clock.wallMs()).toBeLessThanOrEqual(2_000);
  });

  it('never repeats an id nor goes back, whatever the clock does within its tolerance', async () => {
    const steps = fc.array(
      fc.tuple(fc.integer({ min: -400, max: 400 }), fc.integer({ min: 0, max: 50 })),
      {
        minLength: 5,
        maxLength: 40,
      },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (jumps) => {
        clock = new FakeClock(START);
        const ids = generator();
        let last = 0n;
        for (const [jumpMs, waitMs] of jumps) {
          clock.shiftWall(jumpMs);
          // oxlint-disable-next-line no-await-in-loop -- a schedule
          await clock.advance(waitMs);
          try {
            const id = ids.tryNext();
            if (id === undefined) continue;
            expect(id > last).toBe(true);
            last = id;
            const stamp = Number(id >> 22n) + EPOCH;
            expect(stamp - clock.wallMs()).toBeLessThanOrEqual(2_000);
          } catch (error) {
            expect(error).toMatchObject({ code: 'CLOCK_BACKWARDS' });
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is refused after a restart that finds a later timestamp on record', async () => {
    lease.id = { ...lease.id, highestTimestampMs: START + 600_000 };
    const ids = generator();
    await expect(ids.getSnowflakeId('x')).rejects.toMatchObject({ code: 'CLOCK_BACKWARDS' });
    await clock.advance(598_000);
    await expect(ids.getSnowflakeId('x')).resolves.toBeDefined();
  });

  it('leaves no trace of a wild jump ahead that was never used', async () => {
    const ids = generator();
    await ids.take(1);
    lease.id = { ...lease.id, reservedUntilMs: START + 10_000 };
    clock.shiftWall(1e10);
    await expect(ids.getSnowflakeId('x')).rejects.toMatchObject({ code: 'WORKER_LEASE_LOST' });
    clock.shiftWall(-1e10);
    await clock.advance(1);
    await expect(ids.getSnowflakeId('x')).resolves.toBeDefined();
  });
});
