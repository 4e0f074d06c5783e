import { expect, it } from 'vitest';
import { KeyGate, type KeyControl } from '#core';
import { FakeClock } from '#testing';

const SUSPENDED = { suspended: true, ratePerSecond: undefined };
const rate = (ratePerSecond: number) => ({ suspended: false, ratePerSecond });

function setup() {
  const clock = new FakeClock();
  const gate = new KeyGate(clock);
  const seen: string[] = [];
  gate.guard({
    limited: (key, limit) => seen.push(`${key} ${limit ? 'limited' : 'free'}`),
    deleted: (key) => seen.push(`${key} deleted`),
  });
  return {
    clock,
    gate,
    seen,
    apply: (controls: Record<string, KeyControl>, deleted: string[] = []) =>
      gate.apply({
        revision: 1n,
        controls: new Map(Object.entries(controls)),
        deleted: new Set(deleted),
      }),
  };
}

it('lets keys without a control through, and stops those that are suspended', () => {
  const { gate, apply } = setup();
  gate.admit('a', 1_000_000);
  apply({ a: SUSPENDED });
  expect(() => gate.admit('a', 1)).toThrow(expect.objectContaining({ code: 'KEY_SUSPENDED' }));
  gate.admit('b', 1);
  apply({});
  gate.admit('a', 1);
});

it('tells the wait of a key above its rate', () => {
  const { gate, apply } = setup();
  apply({ a: rate(10) });
  gate.admit('a', 5);
  expect(() => gate.admit('a', 5)).toThrow(
    expect.objectContaining({ code: 'RATE_LIMITED', retryAfterMs: 500 }),
  );
});

it('tells of what has changed, and of nothing else', () => {
  const { apply, seen } = setup();
  apply({ a: rate(10), b: SUSPENDED }, ['old']);
  apply({ a: rate(10), b: SUSPENDED }, ['old']);
  expect(seen.splice(0)).toEqual(['a limited', 'b limited', 'old deleted']);
  apply({ a: rate(20), c: SUSPENDED }, ['old', 'b']);
  expect(seen).toEqual(['a limited', 'b free', 'c limited', 'b deleted']);
});

it('fills no bucket anew because another key has changed', () => {
  const { gate, apply } = setup();
  apply({ a: rate(10) });
  gate.admit('a', 5);
  apply({ a: rate(10), b: SUSPENDED });
  expect(() => gate.admit('a', 1)).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }));
  apply({ a: rate(11), b: SUSPENDED });
  gate.admit('a', 1);
});
