import { expect, it } from 'vitest';
import { readCount } from './count.js';

it.each([
  ['1', 1],
  ['10000', 10_000],
  ['99999', 99_999],
])('reads %s', (text, count) => {
  expect(readCount(text)).toBe(count);
});

it.each([
  '',
  '0',
  '-1',
  '+1',
  ' 1',
  '1 ',
  '01',
  '1e3',
  '1.0',
  '0x1',
  '100000',
  'a',
  ['1', '2'],
  null,
])('reads nothing from %j', (text) => {
  expect(readCount(text)).toBeNaN();
});
