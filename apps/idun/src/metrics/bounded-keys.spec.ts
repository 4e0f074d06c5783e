import { expect, it } from 'vitest';
import { boundedByKey } from './bounded-keys.js';

const items = (...keys: string[]) => keys.map((key) => ({ key }));

it('gives each key a label, and those beyond the limit one together', () => {
  expect([...boundedByKey(items('a', 'b', 'c', 'd'), 2)]).toEqual([
    ['a', items('a')],
    ['b', items('b')],
    ['other', items('c', 'd')],
  ]);
});

it('puts a key of that name with those beyond the limit: a series may not come twice', () => {
  expect([...boundedByKey(items('other', 'b', 'c'), 2).keys()]).toEqual(['other', 'b']);
});
