import { describe, expect, it } from 'vitest';
import { assertCount, assertKey } from './key.js';

describe('assertKey', () => {
  it.each([
    'a',
    'order.v1',
    'a:b;c',
    'a b',
    '%2F',
    '../x',
    '订单',
    '😀'.repeat(128),
    'k'.repeat(128),
    '"\'\\',
  ])('accepts %j', (key) => {
    expect(() => assertKey(key)).not.toThrow();
  });

  it.each([
    '',
    ' ',
    ' a',
    'a ',
    'a\u00a0',
    'a\u0000b',
    'a\nb',
    'a\u007f',
    'a\u0085b',
    'a\ud800',
    'k'.repeat(129),
    '😀'.repeat(129),
    'k'.repeat(10_000),
    7,
    null,
    undefined,
    {},
  ])('refuses %j', (key) => {
    expect(() => assertKey(key)).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  });
});

describe('assertCount', () => {
  it.each([1, 2, 10_000])('accepts %j', (count) => {
    expect(() => assertCount(count)).not.toThrow();
  });

  it.each([0, -1, 1.5, 10_001, Number.NaN, Infinity, '5', null, undefined])(
    'refuses %j',
    (count) => {
      expect(() => assertCount(count)).toThrow(expect.objectContaining({ code: 'COUNT_INVALID' }));
    },
  );
});
