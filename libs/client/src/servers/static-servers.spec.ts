import { describe, expect, it } from 'vitest';
import type { ServerOptions } from '../client-options.js';
import type { Server } from './server.js';
import { staticServers } from './static-servers.js';

function listOf(entries: (string | ServerOptions)[], transport: 'http' | 'tcp' = 'http') {
  const lists: (readonly Server[])[] = [];
  staticServers(entries, transport).watch(
    (servers) => lists.push(servers),
    () => undefined,
  );
  expect(lists).toHaveLength(1);
  return lists[0];
}

describe('a list', () => {
  it.each([
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080, weight: 1 }],
    ['http://idun-1.example:80', { host: 'idun-1.example', port: 80, weight: 1 }],
    ['HTTP://Idun:8080/', { host: 'idun', port: 8080, weight: 1 }],
    ['[::1]:8080', { host: '::1', port: 8080, weight: 1 }],
    ['http://[FE80::1]:65535', { host: 'fe80::1', port: 65_535, weight: 1 }],
  ])('takes %s', (entry, server) => {
    expect(listOf([entry])).toEqual([server]);
  });

  it('takes tcp:// for that transport, and objects', () => {
    const objects = [
      { host: '[::1]', port: 1, zone: 'z1', weight: 0.5 },
      { host: 'b', port: 2 },
    ];
    expect(listOf(['tcp://a:8090', ...objects], 'tcp')).toEqual([
      { host: 'a', port: 8090, weight: 1 },
      { host: '::1', port: 1, zone: 'z1', weight: 0.5 },
      { host: 'b', port: 2, weight: 1 },
    ]);
  });

  it('is closed without ado', async () => {
    await expect(staticServers(['a:1'], 'http').close()).resolves.toBeUndefined();
  });
});

describe('is refused', () => {
  const cannot = (shown: string, advice: string) =>
    `The server ${shown} cannot be used: ${advice}.`;
  const form = 'write host:port, for example 127.0.0.1:8080 or [::1]:8080';
  const port = 'the port is an integer from 1 to 65535';
  const tls = 'idun has no TLS, so use http:// and a proxy of your own where you need it';
  const path = 'leave out what follows the port, idun is served at the root';

  it.each([
    ['', form],
    ['::1:8080', form],
    ['user@a:1', form],
    ['a b:1', form],
    ['http://', form],
    ['https://a:1', tls],
    ['tcp://a:1', 'the transport is http, so write http:// or no scheme'],
    ['http://a:1/api', path],
    ['a:1?x', path],
    ['a/b', path],
    ['a', 'add a port, idun has no default one for clients'],
    ['a:0', port],
    ['a:65536', port],
    ['a:', port],
    ['a:1e3', port],
    ['a:-1', port],
  ])('%j', (entry, advice) => {
    const make = () => staticServers([entry], 'http');
    expect(make).toThrow(new TypeError(cannot(entry, advice)));
  });

  it.each([
    [{ host: 'a', port: 1.5 }, port],
    [{ host: 'a:1', port: 1 }, 'the host is a name or an address'],
    [{ host: '', port: 1 }, 'the host is a name or an address'],
    [{ host: 'a', port: 1, weight: -1 }, 'the weight is a number from 0 on'],
    [{ host: 'a', port: 1, weight: NaN }, 'the weight is a number from 0 on'],
  ])('%j', (entry, advice) => {
    const make = () => staticServers([entry], 'tcp');
    expect(make).toThrow(new TypeError(cannot(JSON.stringify(entry), advice)));
  });

  it.each([
    [[], 'The list of servers is empty: name one, for example 127.0.0.1:8080.'],
    [['A:1', 'a:1'], 'The server a:1 is listed twice: name it once, with a weight.'],
    [
      [{ host: 'a', port: 1, weight: 0 }],
      'All servers have the weight 0, which takes no calls: give one another.',
    ],
  ])('%j', (entries, message) => {
    expect(() => staticServers(entries, 'http')).toThrow(new TypeError(message));
  });
});
