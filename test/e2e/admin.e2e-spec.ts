import { afterAll, beforeAll, expect, it } from 'vitest';
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

it('wants the admin token where one is configured', async () => {
  const url = `${guarded.httpUrl}/api/workers`;
  const refused = await fetch(url);
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toBe('Bearer');
  expect(await refused.json()).toMatchObject({ code: 'UNAUTHORIZED', retryable: false });
  const allowed = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(allowed.status).toBe(200);
});
