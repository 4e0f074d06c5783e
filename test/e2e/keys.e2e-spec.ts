import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { databaseAt, startIdun, type IdunServer } from '../../libs/testing/src/servers/index.js';
import { operatorAt, TOKEN } from './admin-keys.js';
import { httpCaller, idsOf, tcpCaller, type Caller } from './clients.js';
import { given, httpLeases, tcpLeases, untilReady, type LeaseCaller } from './lease-clients.js';

let env: Record<string, string>;
const nodes: IdunServer[] = [];
let callers: Caller[];
let lessees: LeaseCaller[];
let first: ReturnType<typeof operatorAt>;
let second: ReturnType<typeof operatorAt>;
/** Of each test its own, as nodes keep ids of a key in memory. */
let key: string;

beforeAll(async () => {
  const mysql = databaseAt(inject('mysql'));
  env = {
    IDUN_DATABASE_URLS: mysql.url(await mysql.createDatabase()),
    IDUN_ADMIN_TOKEN: TOKEN,
    IDUN_SEGMENT_ADAPTIVE: 'false',
  };
  nodes.push(...(await Promise.all([startIdun({ env }), startIdun({ env })])));
  await Promise.all(nodes.map(untilReady));
  callers = nodes.flatMap(({ httpUrl, tcpPort }) => [httpCaller(httpUrl), tcpCaller(tcpPort)]);
  lessees = nodes.flatMap(({ httpUrl, tcpPort }) => [httpLeases(httpUrl), tcpLeases(tcpPort)]);
  [first, second] = [operatorAt(nodes[0]!), operatorAt(nodes[1]!)];
});

afterAll(async () => {
  for (const caller of [...(callers ?? []), ...(lessees ?? [])]) caller.close();
  await Promise.all(nodes.map((node) => node.stop()));
});

beforeEach(async () => {
  key = `order/${randomUUID()}`;
  expect(await first.create(key, { step: 100 })).toMatchObject({ status: 201 });
});

/** What every way to get ids of the key comes to: single, counted, from memory or not, leased; at both nodes, over both transports. */
async function everyWay(of = key): Promise<string[]> {
  const outcomes = await Promise.all([
    ...callers.flatMap((caller) => [caller.get('segment', of), caller.get('segment', of, 3)]),
    ...lessees.map((lessee) => lessee.lease(of, 5)),
  ]);
  return [...new Set(outcomes.map((each) => ('code' in each ? each.code : 'given')))];
}

it('stops a suspended key at both nodes within a second, and no other one', async () => {
  expect(await everyWay()).toEqual(['given']);
  const suspended = await first.change(key, { suspended: true });
  expect(suspended).toMatchObject({ status: 200, body: { key, suspended: true } });
  await expect.poll(() => everyWay(), { timeout: 1_000 }).toEqual(['KEY_SUSPENDED']);
  expect(await callers[0]!.get('segment', key)).toEqual({
    code: 'KEY_SUSPENDED',
    retryable: false,
  });
  expect(await everyWay('default')).toEqual(['given']);
  expect((await fetch(`${nodes[1]!.httpUrl}/health/ready`)).status).toBe(200);

  await second.change(key, { suspended: false });
  await expect.poll(() => everyWay(), { timeout: 1_000 }).toEqual(['given']);
});

it('stops it at once at the node that was told, and within a second at one that comes later', async () => {
  await callers[0]!.get('segment', key);
  await first.change(key, { suspended: true });
  expect(await callers[0]!.get('segment', key)).toMatchObject({ code: 'KEY_SUSPENDED' });
  const later = await startIdun({ env });
  try {
    await untilReady(later);
    const get = () => httpCaller(later.httpUrl).get('segment', key);
    await expect.poll(get, { timeout: 1_000 }).toMatchObject({ code: 'KEY_SUSPENDED' });
  } finally {
    await later.stop();
  }
});

it('keeps a rate within 20 % over 3 s at each node, and says when to come again', async () => {
  const rate = 60;
  await first.change(key, { ratePerSecond: rate });
  const limited = async () => {
    const response = await fetch(
      `${nodes[1]!.httpUrl}/api/segment/get/${encodeURIComponent(key)}?count=${rate}`,
    );
    await response.arrayBuffer();
    return response;
  };
  await expect.poll(async () => (await limited()).status, { timeout: 2_000 }).toBe(429);
  const refused = await limited();
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);

  // From a full bucket on, as after a pause.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const counts = await Promise.all(callers.map((caller) => hammer(caller, 3_000)));
  for (const count of [counts[0]! + counts[1]!, counts[2]! + counts[3]!]) {
    expect(count).toBeLessThan(rate * 3 * 1.2);
    expect(count).toBeGreaterThan(rate * 3 * 0.8);
  }
  expect(await everyWay('default')).toEqual(['given']);
});

/** How many ids a caller gets in time who never waits. */
async function hammer(caller: Caller, forMs: number): Promise<number> {
  let count = 0;
  for (const endsAt = performance.now() + forMs; ;) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const outcome = await caller.get('segment', key, 3);
    if (performance.now() > endsAt) return count;
    if ('ids' in outcome) count += 3;
    else expect(outcome).toEqual({ code: 'RATE_LIMITED', retryable: true });
  }
}

it('moves on the next segments of both nodes, and the leases', async () => {
  const before = await Promise.all(callers.map((caller) => caller.get('segment', key)));
  expect(Math.max(...before.flatMap(idsOf).map(Number))).toBeLessThan(1_000);
  const moved = await first.advance(key, { to: '1000000' });
  expect(moved).toMatchObject({ status: 200, body: { key, maxId: '1000000' } });
  expect(given(await lessees[2]!.lease(key, 5)).start).toBe('1000000');
  for (const caller of callers) {
    // What a node has in memory it still gives, and then no id from below.
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const ids = idsOf(await caller.get('segment', key, 1_000)).map(Number);
    expect(ids.at(-1)).toBeGreaterThanOrEqual(1_000_005);
    expect(ids.filter((id) => id > 1_000 && id < 1_000_000)).toEqual([]);
  }
  const { body: found } = await second.journal(key, '500000');
  expect(found).toMatchObject({
    key,
    id: '500000',
    ranges: [],
    events: [{ kind: 'advance', end: '1000000', holder: 'admin@127.0.0.1' }],
    answer: expect.stringMatching(
      /^Not recorded: .* admin@127\.0\.0\.1 moved the key from \d+ to 1000000\.$/,
    ),
  });
  expect((await second.journal(key, '2000000')).body).toMatchObject({
    answer: expect.stringMatching(/^Not given yet by the store: the key stands at \d+\.$/),
  });
  expect(await second.advance(key, { by: '7' })).toMatchObject({ status: 200 });
  expect(await second.advance(key, { to: '999' })).toMatchObject({
    status: 409,
    body: { code: 'ADVANCE_BACKWARDS', detail: expect.stringContaining('only moves forward') },
  });
  expect(await second.advance(key, { to: '9223372036854775808' })).toMatchObject({ status: 400 });
});

it('shows a key with what the node holds of it', async () => {
  await callers[0]!.get('segment', key, 30);
  const { status, headers, body } = await first.show(key);
  expect({ status, cache: headers.get('cache-control') }).toEqual({
    status: 200,
    cache: 'no-store',
  });
  expect(body).toEqual({
    key,
    maxId: '101',
    step: 100,
    description: null,
    suspended: false,
    ratePerSecond: null,
    buffered: 70,
  });
  expect(await second.show(key)).toMatchObject({ body: { buffered: 0 } });
  const changed = { step: 7, description: 'orders', ratePerSecond: 500, suspended: true };
  expect((await second.change(key, changed)).body).toMatchObject(changed);
  const bare = { description: null, ratePerSecond: null };
  expect((await first.change(key, bare)).body).toMatchObject({ ...changed, ...bare });
});

it('lists keys page by page', async () => {
  const keys = ['l/a', 'l/b', 'l/c'];
  for (const each of keys) {
    // oxlint-disable-next-line no-await-in-loop
    await first.create(each);
  }
  expect((await second.list('?after=l&limit=2')).body).toMatchObject({
    keys: [{ key: 'l/a', maxId: '1', buffered: 0 }, { key: 'l/b' }],
    next: 'l/b',
  });
  const rest = (await second.list('?after=l/b&limit=1000')).body as { keys: { key: string }[] };
  expect(rest.keys[0]).toMatchObject({ key: 'l/c' });
  expect(rest).not.toHaveProperty('next');
});

it('deletes a suspended key everywhere, and begins it anew above what it gave', async () => {
  const before = await Promise.all(callers.map((caller) => caller.get('segment', key)));
  const highest = Math.max(...before.flatMap(idsOf).map(Number));
  expect(await first.remove(key)).toMatchObject({
    status: 400,
    body: { code: 'REQUEST_INVALID', detail: expect.stringContaining('suspend it') },
  });
  await first.change(key, { suspended: true });
  expect(await first.remove(key)).toMatchObject({ status: 204, body: undefined });
  await expect.poll(() => everyWay(), { timeout: 1_000 }).toEqual(['KEY_NOT_FOUND']);
  expect(await second.show(key)).toMatchObject({ status: 404, body: { code: 'KEY_NOT_FOUND' } });
  const again = await second.create(key, { start: '1', step: 10 });
  expect(Number(again.body?.['maxId'])).toBeGreaterThan(highest);
  await expect.poll(() => everyWay(), { timeout: 2_000 }).toEqual(['given']);
  const after = await Promise.all(callers.map((caller) => caller.get('segment', key)));
  expect(Math.min(...after.flatMap(idsOf).map(Number))).toBeGreaterThan(highest);
});

describe('refuses', () => {
  it('what cannot be done', async () => {
    expect(await second.create(key)).toMatchObject({ status: 409, body: { code: 'KEY_EXISTS' } });
    for (const answer of [
      await first.show('nobody'),
      await first.change('nobody', { step: 5 }),
      await first.advance('nobody', { by: '1' }),
      await first.remove('nobody'),
      await first.journal('nobody', '5'),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'KEY_NOT_FOUND' } });
    }
    const wrong = await first.change(key, { stepp: 5, format: 'base62' });
    expect(wrong).toMatchObject({
      status: 400,
      body: { code: 'BODY_INVALID', detail: expect.stringMatching(/"stepp".*format is not built/) },
    });
    expect(await first.change(key, '{"step":')).toMatchObject({ body: { code: 'BODY_INVALID' } });
    expect(await first.create(' x')).toMatchObject({ status: 400, body: { code: 'KEY_INVALID' } });
    expect(await first.list('?limit=0')).toMatchObject({ body: { code: 'REQUEST_INVALID' } });
    expect(await first.journal(key, 'x')).toMatchObject({ body: { code: 'ID_INVALID' } });
  });

  it('who has no token, before it reads a body, and other methods', async () => {
    const url = `${nodes[0]!.httpUrl}/api/keys/${encodeURIComponent(key)}`;
    const body = 'x'.repeat(20_000);
    const refused = await fetch(url, { method: 'PUT', body });
    expect([refused.status, await refused.json()]).toMatchObject([401, { code: 'UNAUTHORIZED' }]);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const head = await fetch(url, { method: 'HEAD', headers });
    expect([head.status, head.headers.get('allow')]).toEqual([405, 'DELETE, GET, PATCH, PUT']);
    const post = await fetch(url, { method: 'POST', headers });
    expect(post.status).toBe(405);
  });
});

it('tells nobody to change anything at a node without a token', async () => {
  const open = await startIdun();
  try {
    await untilReady(open);
    const url = `${open.httpUrl}/api/keys/default`;
    expect((await fetch(url)).status).toBe(200);
    const refused = await fetch(url, { method: 'PATCH', body: '{"suspended":true}' });
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'FORBIDDEN' }]);
  } finally {
    await open.stop();
  }
});
