import { expect, it } from 'vitest';
import { connectStringError } from './connect-string.js';

it.each(['h1', 'h1:2181', '127.0.0.1:2181', 'zk-1.example.org:2181,zk-2.example.org:2182'])(
  'takes %s',
  (text) => expect(connectStringError(text)).toBeUndefined(),
);

it.each([
  ['', "'' is no host:port"],
  ['h1:2181,', "'' is no host:port"],
  ['h1:2181, h2:2181', "' h2:2181' is no host:port"],
  ['h1:2181/idun', 'without a path'],
  ['zk://h1:2181', 'is no host:port'],
  ['h1:x', 'is no host:port'],
  ['h1:0', 'no port between'],
  ['h1:65536', 'no port between'],
])('refuses %j', (text, why) => expect(connectStringError(text)).toContain(why));
