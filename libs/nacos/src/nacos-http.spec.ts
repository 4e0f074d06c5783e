import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeClock } from '#testing';
import { NacosHttp } from './nacos-http.js';
import { NacosLogin } from './nacos-login.js';

const URL_OF_CALL = 'http://h1:8848/nacos/v1/ns/instance';
const LIFE_SECONDS = 100;

interface Sent {
  url: string;
  authorization: string | undefined;
}

let clock: FakeClock;
let http: NacosHttp;
let sent: Sent[];
let tokens: number;
let status: number;

beforeEach(() => {
  clock = new FakeClock();
  http = new NacosHttp(1_000, new NacosLogin('idun', 'geheim', clock));
  sent = [];
  tokens = 0;
  status = 200;
  vi.stubGlobal('fetch', async (url: string, { headers }: RequestInit) => {
    sent.push({ url, authorization: new Headers(headers).get('authorization') ?? undefined });
    if (!url.endsWith('/auth/login')) return new Response('ok', { status });
    const token = { accessToken: `token-${++tokens}`, tokenTtl: LIFE_SECONDS };
    return new Response(JSON.stringify(token));
  });
});
afterEach(() => vi.unstubAllGlobals());

const call = (method = 'GET') => http.request(URL_OF_CALL, { method, data: { ip: '::1' } });

it('logs in once for many calls, and shows the password in no address', async () => {
  await Promise.all([call(), call('POST')]);
  await call('DELETE');
  expect(tokens).toBe(1);
  expect(sent.slice(1)).toEqual(
    Array.from({ length: 3 }, () => ({
      url: `${URL_OF_CALL}?ip=%3A%3A1`,
      authorization: 'Bearer token-1',
    })),
  );
  expect(JSON.stringify(sent)).not.toContain('geheim');
});

it('logs in again before a token ends', async () => {
  await call();
  await clock.advance(0.7 * LIFE_SECONDS * 1_000);
  await call();
  expect(tokens).toBe(1);
  await clock.advance(0.2 * LIFE_SECONDS * 1_000);
  await call();
  expect(sent.at(-1)?.authorization).toBe('Bearer token-2');
});

it('logs in again after a refusal', async () => {
  status = 403;
  await expect(call()).rejects.toMatchObject({ outcome: 'refused' });
  status = 200;
  await call();
  expect(sent.at(-1)?.authorization).toBe('Bearer token-2');
});

it('keeps a token where a call fails for another reason', async () => {
  status = 500;
  await expect(call()).rejects.toMatchObject({ outcome: 'undone' });
  await expect(call()).rejects.toThrow('h1:8848 answered 500 to /nacos/v1/ns/instance: ok');
  expect(tokens).toBe(1);
  expect(http.failure).toMatchObject({ outcome: 'undone' });
});

it('sends nothing that would bring an instance back while it is taken out', async () => {
  http.mayWrite = false;
  for (const method of ['POST', 'PUT']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await expect(call(method)).rejects.toMatchObject({ outcome: 'undone' });
  }
  expect(sent.filter(({ url }) => url.startsWith(URL_OF_CALL))).toEqual([]);
  await call('DELETE');
  expect(sent.at(-1)?.url).toMatch(URL_OF_CALL);
});

it('sends nothing once it is closed', async () => {
  http.close();
  await expect(call()).rejects.toThrow('closed');
  expect(sent).toEqual([]);
});
