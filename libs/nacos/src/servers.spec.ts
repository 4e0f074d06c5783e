import { expect, it } from 'vitest';
import { parseServers } from './servers.js';

it('takes servers with commas between them', () => {
  expect(parseServers('h1:8848')).toEqual(['h1:8848']);
  expect(parseServers('10.0.0.1:1,nacos-2.example:65535')).toEqual([
    '10.0.0.1:1',
    'nacos-2.example:65535',
  ]);
});

it.each([
  '',
  'h1',
  'h1:',
  ':8848',
  'h1:0',
  'h1:65536',
  'h1:8848,',
  'h1:8848, h2:8848',
  'http://h1:8848',
  'h1:8848/nacos',
])('refuses %j', (text) => expect(parseServers(text)).toBeUndefined());
