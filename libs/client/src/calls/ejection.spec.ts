import { expect, it } from 'vitest';
import { Ejection } from './ejection.js';

const PATIENCE_MS = 700;

/** Ejected at 0, until 1,000. */
function ejected() {
  const ejection = new Ejection();
  ejection.failed(ejection.begin(0), 0);
  return ejection;
}

it('doubles from 1 s to 30 s with each probe that fails, and begins anew after one that succeeded', () => {
  const ejection = new Ejection();
  let now = 0;
  const times: number[] = [];
  for (let failures = 0; failures < 8; failures++) {
    const forMs = ejection.failed(ejection.begin(now), now);
    times.push(forMs);
    expect(ejection.isAvailable(now + forMs - 1)).toBe(false);
    expect(ejection.isAvailable(now + forMs)).toBe(true);
    now += forMs;
  }
  expect(times).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  expect(ejection.answered(ejection.begin(now))).toBe(true);
  expect(ejection.answered(ejection.begin(now))).toBe(false);
  expect(ejection.failed(ejection.begin(now), now)).toBe(1_000);
});

it('lets one probe through at a time', () => {
  const ejection = ejected();
  const probe = ejection.begin(1_000);
  expect(ejection.isAvailable(1_000)).toBe(false);
  ejection.dropped(probe);
  expect(ejection.isAvailable(1_000)).toBe(true);
  const second = ejection.begin(1_000);
  ejection.dropped(ejection.begin(1_000));
  expect(ejection.isAvailable(1_000)).toBe(false);
  ejection.answered(second);
  expect(ejection.isAvailable(1_000)).toBe(true);
});

it('takes failures of calls that were under way together as one', () => {
  const ejection = new Ejection();
  const trials = Array.from({ length: 100 }, () => ejection.begin(0));
  expect(trials.map((trial) => ejection.failed(trial, 0))).toEqual([
    1_000,
    ...Array.from({ length: 99 }, () => 0),
  ]);
  expect(ejection.endMs).toBe(1_000);
});

it('is not ended by a late answer to a call from before', () => {
  const ejection = new Ejection();
  const early = ejection.begin(0);
  ejection.failed(ejection.begin(0), 0);
  expect(ejection.answered(early)).toBe(false);
  expect(ejection.isAvailable(500)).toBe(false);
});

it('is not prolonged by calls made although the server was ejected, but ended by their success', () => {
  const ejection = ejected();
  const [forced, late] = [ejection.begin(500), ejection.begin(500)];
  expect(ejection.failed(ejection.begin(500), 600)).toBe(0);
  expect(ejection.endMs).toBe(1_000);
  expect(ejection.answered(forced)).toBe(true);
  expect(ejection.failed(late, 700)).toBe(0);
  expect(ejection.isAvailable(700)).toBe(true);
});

it('takes callers that could not wait for a failure once they have waited long enough together', () => {
  const ejection = new Ejection();
  expect(ejection.silent(ejection.begin(0), 100, PATIENCE_MS)).toBe(0);
  expect(ejection.silent(ejection.begin(500), 699, PATIENCE_MS)).toBe(0);
  expect(ejection.silent(ejection.begin(650), 700, PATIENCE_MS)).toBe(1_000);
});

it('forgets silence at an answer', () => {
  const ejection = new Ejection();
  ejection.silent(ejection.begin(0), 100, PATIENCE_MS);
  ejection.answered(ejection.begin(200));
  expect(ejection.silent(ejection.begin(600), 700, PATIENCE_MS)).toBe(0);
});

it('frees the probe of a caller that could not wait', () => {
  const ejection = ejected();
  ejection.silent(ejection.begin(1_000), 1_100, PATIENCE_MS);
  expect(ejection.isAvailable(1_100)).toBe(true);
});

it('hears nothing after the server has gone', () => {
  const ejection = new Ejection();
  const trial = ejection.begin(0);
  ejection.retire();
  expect(ejection.failed(trial, 0)).toBe(0);
  expect(ejection.silent(trial, 10_000, PATIENCE_MS)).toBe(0);
});
