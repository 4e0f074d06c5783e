import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { consumed, exchange, startFixture, type Fixture } from './http.fixture.js';

const GET = '/api/segment/get';

const problem = async (response: Response) => {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const body: Record<string, unknown> = JSON.parse(await response.text());
  return body;
};

describe('HTTP edge', () => {
  let fixture: Fixture;
  const url = (path: string) => `http://127.0.0.1:${fixture.port}${path}`;

  beforeAll(async () => {
    fixture = await startFixture();
  });
  afterAll(async () => {
    await fixture.app.close();
  });

  it('passes an id through as text that nobody may store', async () => {
    const response = await fetch(url(`${GET}/a`));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe('a');
  });

  it.each([
    ['a;b', 'a;b'],
    ['a:b.c', 'a:b.c'],
    ['a%2Fb', 'a/b'],
    ['a%252Fb', 'a%2Fb'],
    ['a%3Fb%23c', 'a?b#c'],
    ['%E4%BD%A0%E5%A5%BD', '你好'],
    ['a+b', 'a+b'],
    ['__proto__', '__proto__'],
    ['a%00b', 'a\0b'],
  ])('decodes the key %s once and keeps it whole', async (encoded, key) => {
    const response = await fetch(url(`${GET}/${encoded}?count=1`));
    expect(await response.text()).toBe(key);
  });

  it.each([
    ['a key of 129', 'a'.repeat(129)],
    ['a key of 10,000 code points of four bytes', encodeURIComponent('🦊'.repeat(10_000))],
  ])('lets %s reach the validation', async (_name, key) => {
    const response = await fetch(url(`${GET}/${key}`));
    expect(response.status).toBe(400);
    expect(await problem(response)).toMatchObject({ code: 'KEY_INVALID' });
  });

  it.each([
    [`${GET}/%zz`, 'KEY_INVALID'],
    [`${GET}/%`, 'KEY_INVALID'],
    [`${GET}/%ff`, 'KEY_INVALID'],
    [`${GET}/%zz?count=1`, 'KEY_INVALID'],
    [`${GET}/`, 'KEY_INVALID'],
    [`${GET}/?count=2`, 'KEY_INVALID'],
    ['/api/snowflake/decode/%zz', 'ID_INVALID'],
    ['/%zz', 'REQUEST_INVALID'],
    ['*api/segment/get/a', 'REQUEST_INVALID'],
  ])('refuses the target %s with %s', async (target, code) => {
    const before = consumed.count;
    const answer = await exchange(
      fixture.port,
      `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('content-type: application/problem+json\r\n');
    expect(answer).toContain(`"code":"${code}"`);
    expect(consumed.count).toBe(before);
  });

  it.each([
    '/',
    '/api',
    '/nope',
    `/${GET}/a`,
    `${GET}/a/`,
    '/api//segment/get/a',
    '/API/segment/get/a',
  ])('knows no route %s', async (path) => {
    const response = await fetch(url(path));
    expect(response.status).toBe(404);
    expect(await problem(response)).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      code: 'NOT_FOUND',
      detail: expect.any(String),
      retryable: false,
    });
  });

  it.each(['HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'QUERY', 'PROPFIND'])(
    'refuses %s on a get route and consumes nothing',
    async (method) => {
      const before = consumed.count;
      const response = await fetch(url(`${GET}/a`), { method });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET');
      const code = method === 'HEAD' ? '' : 'METHOD_NOT_ALLOWED';
      expect(await response.text()).toContain(code);
      expect(consumed.count).toBe(before);
    },
  );

  it.each(['application/json', 'text/nonsense', '?', ''])(
    'refuses a POST with a broken body of type "%s" for its method, not its body',
    async (type) => {
      const headers = new Headers(type === '' ? [] : [['content-type', type]]);
      const response = await fetch(url(`${GET}/a`), { method: 'POST', body: '{"a', headers });
      expect(response.status).toBe(405);
      expect(await problem(response)).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
    },
  );

  it('refuses a body of an unknown type on a route that exists', async () => {
    const response = await fetch(url('/api/keys/a'), { method: 'PUT', body: 'x' });
    expect(response.status).toBe(400);
    expect(await problem(response)).toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it('tells when a retry is worth while', async () => {
    const response = await fetch(url(`${GET}/empty`));
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await problem(response)).toMatchObject({ code: 'SEGMENT_NOT_READY', retryable: true });
  });

  it('hides a bug behind a reference that the log has too', async () => {
    const response = await fetch(url(`${GET}/bug`));
    expect(response.status).toBe(500);
    const { code, detail } = await problem(response);
    expect(code).toBe('INTERNAL');
    expect(detail).not.toContain('secret');
    const { details } = fixture.logged.at(-1) ?? {};
    expect(details?.['err']).toEqual(new TypeError('secret inside'));
    expect(detail).toContain(details?.['reference']);
  });

  it('passes the report of a failed health check through', async () => {
    const response = await fetch(url('/health/ready'));
    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toEqual({ status: 'error', info: {}, error: {}, details: {} });
  });

  it.each([
    ['no Host', `GET ${GET}/a HTTP/1.1\r\n\r\n`],
    ['garbage', 'hello there\r\n\r\n'],
    ['an unknown method', `BREW ${GET}/a HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['too long headers', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(200_000)}\r\n\r\n`],
    ['too long a target', `GET /${'x'.repeat(200_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['an unknown expectation', `GET ${GET}/a HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n`],
    ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ])('answers %s with a problem and closes', async (_name, request) => {
    const before = consumed.count;
    const answer = await exchange(fixture.port, request);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(head.toLowerCase()).toContain('\r\ncontent-type: application/problem+json');
    expect(head.toLowerCase()).toContain('\r\nconnection: close');
    expect(JSON.parse(body)).toMatchObject({ code: 'REQUEST_INVALID', status: 400 });
    expect(consumed.count).toBe(before);
  });

  it('answers what came before garbage on the same connection first', async () => {
    const answer = await exchange(
      fixture.port,
      `GET ${GET}/slow HTTP/1.1\r\nHost: a\r\n\r\nGET ${GET}/b HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n`,
    );
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual([
      'HTTP/1.1 200',
      'HTTP/1.1 200',
      'HTTP/1.1 400',
    ]);
  });

  it('answers a request that turns into garbage within its body', async () => {
    const head = 'POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
    const answer = await exchange(fixture.port, `${head}2\r\nab\r\nnonsense\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"REQUEST_INVALID"');
    const whole = await exchange(
      fixture.port,
      `${head.replace('Host: a', 'Host: a\r\nConnection: close')}2\r\nab\r\n0\r\n\r\n`,
    );
    expect(whole).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\nab$/);
  });

  it('serves HTTP/1.0 without Host and a request that offers an upgrade', async () => {
    const old = await exchange(fixture.port, `GET ${GET}/a HTTP/1.0\r\n\r\n`);
    expect(old).toMatch(/^HTTP\/1\.1 200 /);
    const offer = 'Connection: Upgrade, close\r\nUpgrade: h2c\r\n';
    const upgrade = await exchange(
      fixture.port,
      `GET ${GET}/a HTTP/1.1\r\nHost: a\r\n${offer}\r\n`,
    );
    expect(upgrade).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('HTTP shutdown', () => {
  it('answers calls in flight, drops idle connections and does not wait for keep-alive', async () => {
    const { app, port } = await startFixture();
    const idle = connect(port, '127.0.0.1').resume();
    const idleClosed = once(idle, 'close');
    await fetch(`http://127.0.0.1:${port}${GET}/a`);
    const inFlight = fetch(`http://127.0.0.1:${port}${GET}/slow`);
    await sleep(100);
    const startedAt = performance.now();
    await app.close();
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(await (await inFlight).text()).toBe('slow');
    await idleClosed;
  });

  it('drops a request that never arrives in full once its deadline is over', async () => {
    const { app, port } = await startFixture({ closeDeadlineMs: 200 });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHo');
    await sleep(50);
    const startedAt = performance.now();
    await app.close();
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });
});

describe('request log', () => {
  it('has one line per answer when asked for', async () => {
    const lines: unknown[] = [];
    const { app, port } = await startFixture({ logRequest: (line) => lines.push(line) });
    await fetch(`http://127.0.0.1:${port}${GET}/a`);
    await fetch(`http://127.0.0.1:${port}/nope`);
    await app.close();
    expect(lines).toMatchObject([
      { method: 'GET', url: `${GET}/a`, status: 200 },
      { method: 'GET', url: '/nope', status: 404 },
    ]);
  });
});
