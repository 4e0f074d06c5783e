import { afterAll, beforeAll, expect, it } from 'vitest';
import { startIdun, type IdunServer } from '../../libs/testing/src/servers/index.js';

let idun: IdunServer;

beforeAll(async () => {
  idun = await startIdun();
});

afterAll(() => idun.stop());

const call = (path: string, init?: RequestInit) => fetch(`${idun.httpUrl}${path}`, init);
const nextId = async () => BigInt(await (await call('/api/segment/get/default')).text());

it('answers one id as text and many as JSON, for no cache to keep', async () => {
  const one = await call('/api/snowflake/get/x');
  expect(one.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(one.headers.get('cache-control')).toBe('no-store');
  const many = await call('/api/snowflake/get/x?count=2');
  expect(many.headers.get('content-type')).toContain('application/json');
  expect(many.headers.get('cache-control')).toBe('no-store');
  expect(await many.json()).toEqual([expect.any(String), expect.any(String)]);
});

it.each([
  'count=',
  'count=1&count=2',
  'count=+1',
  'count=01',
  'count=1e3',
  'count=%201',
  'count=x',
])('refuses ?%s and burns nothing', async (query) => {
  const before = await nextId();
  const response = await call(`/api/segment/get/default?${query}`);
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ code: 'COUNT_INVALID', status: 400 });
  expect(await nextId()).toBe(before + 1n);
});

it.each(['HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
  'refuses %s on a get route and burns nothing',
  async (method) => {
    const before = await nextId();
    const response = await call('/api/segment/get/default', { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET');
    expect(await nextId()).toBe(before + 1n);
  },
);

it('answers an unknown key with a problem', async () => {
  const response = await call('/api/segment/get/nobody');
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    code: 'KEY_NOT_FOUND',
    detail: "There is no key 'nobody': create it first, reading never does.",
    retryable: false,
  });
});

it('is live and ready, and says so for each mode', async () => {
  expect((await call('/health/live')).status).toBe(200);
  const ready = await call('/health/ready');
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({
    status: 'ok',
    details: { segment: { status: 'up' }, snowflake: { status: 'up' } },
  });
});
