import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, startIdun, type IdunServer } from '../../libs/testing/src/servers/index.js';
import { plainClientProxy } from './clients.js';
import {
  given,
  httpLeases,
  post,
  tcpLeases,
  untilReady,
  type LeaseCaller,
} from './lease-clients.js';

let idun: IdunServer;
let callers: { http: LeaseCaller; tcp: LeaseCaller };

beforeAll(async () => {
  idun = await startIdun();
  await untilReady(idun);
  callers = { http: httpLeases(idun.httpUrl), tcp: tcpLeases(idun.tcpPort) };
});

afterAll(async () => {
  callers?.tcp.close();
  await idun?.stop();
});

/** Where the counter stands, by a lease that is given back at once. */
async function nextStart(): Promise<string> {
  const { start, leaseId } = given(await callers.http.lease('default', 1));
  expect(await callers.http.giveBack('default', { leaseId, from: start })).toEqual({ returned: 1 });
  return start;
}

const refused = (code: string) => ({ code, retryable: false });

describe.each(['http', 'tcp'] as const)('over %s', (transport) => {
  const caller = () => callers[transport];

  it('leases a range, gives it again to the same request, and takes the rest back', async () => {
    const requestId = `order 17/${transport}`;
    const lease = given(await caller().lease('default', 100, requestId));
    expect(lease).toEqual({
      key: 'default',
      start: expect.stringMatching(/^\d+$/),
      end: String(BigInt(lease.start) + 100n),
      leaseId: expect.any(String),
    });
    for (const other of Object.values(callers)) {
      // oxlint-disable-next-line no-await-in-loop -- one transport after the other
      expect(await other.lease('default', 100, requestId)).toEqual(lease);
    }
    expect(await caller().lease('default', 99, requestId)).toEqual(refused('IDEMPOTENCY_CONFLICT'));

    const from = String(BigInt(lease.start) + 40n);
    const { leaseId } = lease;
    expect(await caller().giveBack('default', { leaseId, from })).toEqual({ returned: 60 });
    expect(await caller().giveBack('default', { leaseId, from })).toEqual(
      refused('LEASE_RETURNED'),
    );
    expect(await caller().lease('default', 100, requestId)).toEqual(refused('LEASE_RETURNED'));
    expect(await nextStart()).toBe(from);
  });

  it.each([0, -1, 1.5, 1_000_001, 'x', '1e3', null, Number.NaN])(
    'refuses a size of %s and burns nothing',
    async (size) => {
      const before = await nextStart();
      expect(await caller().lease('default', size)).toEqual(refused('SIZE_INVALID'));
      expect(await nextStart()).toBe(before);
    },
  );

  it('leases as much as a million', async () => {
    const { start, end, leaseId } = given(await caller().lease('default', 1_000_000));
    expect(BigInt(end) - BigInt(start)).toBe(1_000_000n);
    expect(await caller().giveBack('default', { leaseId, from: start })).toEqual({
      returned: 1_000_000,
    });
  });

  it('takes a request id of up to 255 printable characters', async () => {
    const before = await nextStart();
    for (const requestId of ['', 'x'.repeat(256), 'é', 'a\tb']) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await caller().lease('default', 1, requestId)).toEqual(refused('REQUEST_INVALID'));
    }
    expect(await nextStart()).toBe(before);
    const longest = `${transport}${'x'.repeat(255 - transport.length)}`;
    const { leaseId, end } = given(await caller().lease('default', 1, longest));
    expect(await caller().giveBack('default', { leaseId, from: end })).toEqual({ returned: 0 });
  });

  it('names what is wrong with a return, and takes nothing back', async () => {
    const { leaseId, start, end } = given(await caller().lease('default', 10));
    const below = String(BigInt(start) - 1n);
    const above = String(BigInt(end) + 1n);
    const bodies = [
      {},
      { leaseId },
      { from: start },
      { leaseId: 7, from: start },
      { leaseId, from: '' },
    ];
    const froms = [below, above, '0', '-1', '01', ' 5', '1e3', Number(start), null, '9'.repeat(40)];
    for (const body of [...bodies, ...froms.map((from) => ({ leaseId, from }))]) {
      // oxlint-disable-next-line no-await-in-loop
      expect({ body, is: await caller().giveBack('default', body) }).toEqual({
        body,
        is: refused('BODY_INVALID'),
      });
    }
    expect(await caller().giveBack('default', { leaseId: 'nobody', from: start })).toEqual(
      refused('LEASE_NOT_FOUND'),
    );
    expect(await caller().giveBack('default', { leaseId, from: start })).toEqual({ returned: 10 });
  });

  it('makes no key', async () => {
    expect(await caller().lease('nobody', 5, 'r')).toEqual(refused('KEY_NOT_FOUND'));
    expect(await caller().lease(' ', 5)).toEqual(refused('KEY_INVALID'));
  });
});

describe('over http alone', () => {
  const url = (path: string) => `${idun.httpUrl}/api/segment/lease/${path}`;

  it('answers JSON that nobody may store', async () => {
    const { status, headers, body } = await post(url('default?size=1'));
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    const { leaseId, start } = body as { leaseId: string; start: string };
    const returned = await post(url('default/return'), {
      body: JSON.stringify({ leaseId, from: start }),
    });
    expect(returned).toMatchObject({ status: 200, body: { returned: 1 } });
    expect(returned.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    'default',
    'default?size=',
    'default?size=5&size=6',
    'default?size=+5',
    'default?size=05',
    'default?size=%205',
    'default?size=1e2',
  ])('refuses %s and burns nothing', async (path) => {
    const before = await nextStart();
    const { status, headers, body } = await post(url(path));
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({ code: 'SIZE_INVALID', status: 400 });
    expect(await nextStart()).toBe(before);
  });

  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'refuses %s and burns nothing',
    async (method) => {
      const before = await nextStart();
      for (const path of ['default?size=5', 'default/return']) {
        // oxlint-disable-next-line no-await-in-loop
        const response = await fetch(url(path), { method });
        expect(response.status).toBe(405);
        expect(response.headers.get('allow')).toBe('POST');
      }
      expect(await nextStart()).toBe(before);
    },
  );

  it.each([
    ['conflict', 409, 'IDEMPOTENCY_CONFLICT'],
    ['unknown lease', 404, 'LEASE_NOT_FOUND'],
    ['no JSON', 400, 'BODY_INVALID'],
    ['no object', 400, 'BODY_INVALID'],
    ['no body', 400, 'BODY_INVALID'],
    ['another key', 404, 'LEASE_NOT_FOUND'],
    ['broken encoding', 400, 'KEY_INVALID'],
    ['no key', 400, 'KEY_INVALID'],
  ])('has a status for %s', async (what, status, code) => {
    const headers = { 'idempotency-key': 'for a status' };
    const lease = (await post(url('default?size=2'), { headers })).body as { leaseId: string };
    const call = {
      conflict: () => post(url('default?size=3'), { headers }),
      'unknown lease': () => post(url('default/return'), { body: '{"leaseId":"x","from":"1"}' }),
      'no JSON': () => post(url('default/return'), { body: '{"leaseId' }),
      'no object': () => post(url('default/return'), { body: '["x","1"]' }),
      'no body': () => post(url('default/return')),
      'another key': () =>
        post(url('other/return'), { body: JSON.stringify({ leaseId: lease.leaseId, from: '1' }) }),
      'broken encoding': () => post(url('%zz?size=2')),
      'no key': () => post(url('?size=2')),
    }[what]!;
    expect(await call()).toMatchObject({ status, body: { code, status, retryable: false } });
  });

  it('takes no two request ids', async () => {
    // `fetch` would make one header of them.
    const call = request(url('default?size=1'), {
      method: 'POST',
      headers: { 'Idempotency-Key': ['a', 'b'] },
    });
    call.end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    expect(JSON.parse(await text(response))).toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it('asks for no body and minds none', async () => {
    const before = await nextStart();
    const { status, body } = await post(url('default?size=1'), {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: '',
    });
    expect({ status, start: Reflect.get(Object(body), 'start') }).toEqual({
      status: 200,
      start: before,
    });
    const large = await post(url('default?size=1'), { body: 'x'.repeat(20_000) });
    expect(large).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } });
  });
});

describe('over tcp alone', () => {
  it('consumes nothing with an event', async () => {
    const proxy = plainClientProxy(idun.tcpPort);
    const before = await nextStart();
    await firstValueFrom(proxy.emit('segment.lease', { key: 'default', size: 5 }), {
      defaultValue: undefined,
    });
    await firstValueFrom(proxy.send('health', {}));
    expect(await nextStart()).toBe(before);
    proxy.close();
  });

  it('refuses data that is no object', async () => {
    const proxy = plainClientProxy(idun.tcpPort);
    for (const pattern of ['segment.lease', 'segment.return']) {
      // oxlint-disable-next-line no-await-in-loop
      await expect(firstValueFrom(proxy.send(pattern, 'text'))).rejects.toMatchObject({
        code: 'REQUEST_INVALID',
      });
    }
    proxy.close();
  });
});

describe('a node that cannot lease', () => {
  it('says so where the mode is off', async () => {
    const node = await startIdun({ env: { IDUN_SEGMENT_ENABLED: 'false' } });
    const caller = httpLeases(node.httpUrl);
    expect(await caller.lease('default', 5)).toEqual(refused('MODE_DISABLED'));
    expect(await caller.giveBack('default', { leaseId: 'x', from: '1' })).toEqual(
      refused('MODE_DISABLED'),
    );
    await node.stop();
  });

  it('says when to come back where the database does not answer', async () => {
    const node = await startIdun({
      env: {
        IDUN_DATABASE_URLS: `mysql://nobody:p@127.0.0.1:${await freePort()}/none`,
        IDUN_SEGMENT_DEADLINE_MS: '300',
        IDUN_SEGMENT_FETCH_DEADLINE_MS: '100',
      },
    });
    const { status, headers, body } = await post(
      `${node.httpUrl}/api/segment/lease/default?size=5`,
    );
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    expect(body).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    await node.stop();
  });
});
