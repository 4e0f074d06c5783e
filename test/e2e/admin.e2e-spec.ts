import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIdun, type IdunServer } from '../../libs/testing/src/servers/index.js';

const TOKEN = 'an-admin-token-for-tests';

let open: IdunServer;
let guarded: IdunServer;

beforeAll(async () => {
  [open, guarded] = await Promise.all([
    startIdun(),
    startIdun({ env: { IDUN_ADMIN_TOKEN: TOKEN } }),
  ]);
});

afterAll(() => Promise.all([open.stop(), guarded.stop()]));

it('shows who holds which worker id', async () => {
  const id = await (await fetch(`${open.httpUrl}/api/snowflake/get/x`)).text();
  const decoded = await fetch(`${open.httpUrl}/api/snowflake/decode/${id}`);
  const { workerId } = (await decoded.json()) as { workerId: number };
  const response = await fetch(`${open.httpUrl}/api/workers`);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toEqual({
    firstWorkerId: 0,
    lastWorkerId: 1_023,
    held: 1,
    free: 1_023,
    recyclable: 0,
    workers: [
      {
        workerId,
        state: 'held',
        instance: expect.stringMatching(/:\d+$/),
        since: expect.stringMatching(/Z$/),
        lastHeartbeat: expect.stringMatching(/Z$/),
        reservedUntil: expect.stringMatching(/Z$/),
        lastTimestamp: expect.toBeOneOf([null, expect.stringMatching(/Z$/)]),
      },
    ],
  });
});

it('has metrics for Prometheus', async () => {
  const ids = (await (
    await fetch(`${open.httpUrl}/api/segment/get/default?count=5`)
  ).json()) as string[];
  expect(ids).toHaveLength(5);
  await fetch(`${open.httpUrl}/api/segment/get/nobody`);
  const response = await fetch(`${open.httpUrl}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  expect(text).toContain('idun_ids_issued_total{mode="segment",key="default"} 5\n');
  expect(text).toMatch(/^idun_ids_issued_total\{mode="snowflake"\} [1-9]/m);
  expect(text).toMatch(/^idun_segment_stock_seconds\{key="default"\} \d/m);
  expect(text).toContain('idun_errors_total{code="KEY_NOT_FOUND"} 1\n');
  expect(text).not.toContain('nobody');
});

describe('the node itself', () => {
  const change = (idun: IdunServer, body: object, authorization = `Bearer ${TOKEN}`) =>
    fetch(`${idun.httpUrl}/api/nodes/self`, {
      method: 'PATCH',
      body: JSON.stringify(body),
      headers: { authorization },
    });

  it('is shown', async () => {
    const response = await fetch(`${open.httpUrl}/api/nodes/self`);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      httpPort: Number(new URL(open.httpUrl).port),
      weight: 1,
      draining: false,
      inFlight: 0,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      workerId: 0,
    });
  });

  it('is not ready while it is drained, and answers all the same', async () => {
    const drained = await change(guarded, { draining: true });
    expect(await drained.json()).toMatchObject({ draining: true, weight: 1 });
    const ready = await fetch(`${guarded.httpUrl}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ error: { node: { reason: 'draining' } } });
    expect((await fetch(`${guarded.httpUrl}/api/segment/get/default`)).status).toBe(200);
    await change(guarded, { draining: false, weight: 0.5 });
    expect((await fetch(`${guarded.httpUrl}/health/ready`)).status).toBe(200);
    const shown = await fetch(`${guarded.httpUrl}/api/nodes/self`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(await shown.json()).toMatchObject({ draining: false, weight: 0.5 });
  });

  it('changes by what it knows alone, for who has the token', async () => {
    const wrong = await change(guarded, { draining: true, wieght: 1 });
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({ code: 'BODY_INVALID' });
    expect((await change(guarded, { draining: true }, 'Bearer wrong')).status).toBe(401);
    expect((await change(open, { draining: true })).status).toBe(403);
    expect((await fetch(`${guarded.httpUrl}/health/ready`)).status).toBe(200);
  });
});

it('wants the admin token where one is configured', async () => {
  const url = `${guarded.httpUrl}/api/workers`;
  const refused = await fetch(url);
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toBe('Bearer');
  expect(await refused.json()).toMatchObject({ code: 'UNAUTHORIZED', retryable: false });
  const allowed = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(allowed.status).toBe(200);
});
