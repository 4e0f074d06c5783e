import { expect, it } from 'vitest';
import { LoadGate, type LoadLimits } from './load-gate.js';

function setup(limits: Partial<LoadLimits> = {}) {
  const time = { nowMs: 0, cpuMs: 0 };
  let endTurn: (() => void) | undefined;
  const gate = new LoadGate(
    { maxInFlight: 3, maxLoopDelayMs: 50, ...limits },
    {
      nowMs: () => time.nowMs,
      cpuMs: () => time.cpuMs,
      afterTurn: (callback) => (endTurn = callback),
    },
  );
  const work = (forMs: number, cpuShare = 1) => {
    time.nowMs += forMs;
    time.cpuMs += forMs * cpuShare;
  };
  return {
    gate,
    /** Whether each of `count` calls of one turn was refused, where one that is taken on takes `costMs`. */
    turn: (count: number, costMs: number, cpuShare = 1): boolean[] => {
      const refused = Array.from({ length: count }, () => {
        const isRefused = gate.refuses();
        if (!isRefused) work(costMs, cpuShare);
        return isRefused;
      });
      endTurn?.();
      endTurn = undefined;
      work(1);
      return refused;
    },
  };
}

const refusals = (turn: boolean[]) => turn.filter(Boolean).length;

it('takes on calls for half of the time that one may wait, and more in the next turn', () => {
  const { gate, turn } = setup();
  // At 0, 10 and 20 ms of the turn; the fourth would begin after 30.
  expect(turn(100, 10)).toEqual([false, false, false, ...Array.from({ length: 97 }, () => true)]);
  expect(refusals(turn(100, 10))).toBe(97);
  expect(gate.shed).toBe(194);
});

it('refuses none while turns are short', () => {
  const { turn } = setup();
  for (let i = 0; i < 100; i++) expect(refusals(turn(20, 1))).toBe(0);
});

it('takes on the first call of a turn whatever calls cost', () => {
  const { turn } = setup();
  expect(turn(2, 500)).toEqual([false, true]);
  expect(turn(2, 500)).toEqual([false, true]);
});

it('takes no other process of the machine for load', () => {
  const { turn } = setup();
  // 25 ms of CPU time are used after 50 ms.
  expect(refusals(turn(50, 1, 0.5))).toBe(0);
  expect(refusals(turn(60, 1, 0.5))).toBe(60 - 51);
});

it('refuses calls that block without using the CPU, later', () => {
  const { turn } = setup();
  expect(refusals(turn(300, 1, 0))).toBe(300 - 201);
});

it('takes on any number where the limit is off', () => {
  const { turn } = setup({ maxLoopDelayMs: 0 });
  expect(refusals(turn(100, 100))).toBe(0);
});

it('refuses what is beyond the calls in flight, until one of them ends', () => {
  const { gate } = setup();
  for (let i = 0; i < 3; i++) gate.begin();
  expect(gate.refuses()).toBe(true);
  gate.end();
  expect(gate.refuses()).toBe(false);
});

it('sees the turns of the real event loop', async () => {
  const gate = new LoadGate({ maxInFlight: 1, maxLoopDelayMs: 10 });
  const endMs = performance.now() + 5_000;
  while (!gate.refuses()) expect(performance.now()).toBeLessThan(endMs);
  expect(gate.refuses()).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  expect(gate.refuses()).toBe(false);
});
