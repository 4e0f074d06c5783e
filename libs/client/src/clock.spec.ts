import { stat } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { holdProcess, LONGEST_DELAY_MS, systemClock } from './clock.js';

afterEach(() => void vi.useRealTimers());

it.each([Infinity, 2 ** 40])('a delay of %s is a long one, not none', (delayMs) => {
  vi.useFakeTimers();
  let done = false;
  systemClock.after(delayMs, () => (done = true));
  vi.advanceTimersByTime(LONGEST_DELAY_MS - 1);
  expect(done).toBe(false);
});

it('what arrived while the process was busy comes before a time that is over', async () => {
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    stat('.', () => order.push('arrived'));
    systemClock.after(5, () => {
      order.push('over');
      resolve();
    });
    const busyUntil = performance.now() + 200;
    while (performance.now() < busyUntil);
  });
  expect(order).toEqual(['arrived', 'over']);
});

it('the process is held while one call waits, whatever its outcome', async () => {
  vi.useFakeTimers();
  let answer = () => {};
  const first = holdProcess(new Promise<void>((resolve) => (answer = resolve)));
  const second = holdProcess(Promise.reject(new Error('refused')));
  expect(vi.getTimerCount()).toBe(1);
  await expect(second).rejects.toThrow('refused');
  expect(vi.getTimerCount()).toBe(1);
  answer();
  await first;
  expect(vi.getTimerCount()).toBe(0);
});
