import { expect, it } from 'vitest';
import { FakeClock } from '#testing';
import { TokenBucket } from './token-bucket.js';

/** How many single ids a caller gets who asks every `everyMs` for `forMs`. */
function taken(bucket: TokenBucket, clock: FakeClock, everyMs: number, forMs: number): number {
  let count = 0;
  for (let atMs = 0; atMs < forMs; atMs += everyMs) {
    if (bucket.take(1) === 0) count++;
    clock.setMonotonic(clock.monotonicMs() + everyMs);
  }
  return count;
}

it.each([10, 100, 7_777])('keeps %d a second within 20 %% over any 3 s, and no less', (rate) => {
  const clock = new FakeClock();
  const bucket = new TokenBucket(rate, clock);
  const windows = [1, 2, 3].map(() => {
    clock.setMonotonic(clock.monotonicMs() + 60_000);
    return taken(bucket, clock, 0.1, 3_000);
  });
  for (const count of windows) {
    expect(count).toBeLessThanOrEqual(rate * 3 * 1.2);
    expect(count).toBeGreaterThanOrEqual(rate * 3);
  }
});

it('tells when to come again, and lets through whoever comes then', () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket(3, clock);
  expect(bucket.take(1)).toBe(0);
  const waitMs = bucket.take(1);
  expect(waitMs).toBeCloseTo(1_000 / 6);
  clock.setMonotonic(clock.monotonicMs() + waitMs);
  expect(bucket.take(1)).toBe(0);
});

it('lets a large count through when it is full, and makes up for it', () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket(100, clock);
  expect(bucket.take(1_000)).toBe(0);
  expect(bucket.take(1)).toBeCloseTo(9_510);
  expect(bucket.take(1_000)).toBeCloseTo(10_000);
  clock.setMonotonic(clock.monotonicMs() + 9_500);
  expect(bucket.take(1)).toBeCloseTo(10);
  clock.setMonotonic(clock.monotonicMs() + 500);
  expect(bucket.take(1_000)).toBe(0);
});

it('gives one at a time where the rate is 1', () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket(1, clock);
  expect([bucket.take(1), bucket.take(1)]).toEqual([0, 1_000]);
});
