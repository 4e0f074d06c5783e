import { setMaxListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IdunError } from '../../../contracts/src/index.js';
import { TransportError } from '../errors.js';
import type { Connection, Pattern, Request } from './connection.port.js';
import { patience, startFake, type Delivery, type FakeServer } from './fake-server.fixture.js';
import { connectHttp } from './http-connection.js';
import { connectTcp } from './tcp-connection.js';

const transports = { http: connectHttp(), tcp: connectTcp() };
const never = () => new AbortController().signal;

const lease = (key: string, size = 10, start = 100) => ({
  key,
  start: String(start),
  end: String(start + size),
  leaseId: '4-ü',
});
const decoded = { timestamp: 1_700_000_000_000, time: 'x', workerId: 1, sequence: 0 };

const keys = [
  'order',
  'a/b',
  '.',
  '..',
  '../../x',
  '%2e%2e',
  '%',
  'a b?c#d&e=f',
  '订单',
  '🦊é\u2028',
];

describe.each(['http', 'tcp'] as const)('a connection over %s', (transport) => {
  let fake: FakeServer;
  let connection: Connection;
  beforeEach(async () => {
    fake = await startFake(transport);
    connection = transports[transport](fake.server);
  });
  afterEach(async () => {
    await connection.close();
    await fake.stop();
  });

  const gives = (value: unknown) => void (fake.answer = () => ({ value }));
  const call = <P extends Pattern>(pattern: P, request: Request<P>, signal = never()) =>
    connection.call(pattern, request, signal);
  const getOne = (signal = never()) => call('segment.get', { key: 'k' }, signal);

  it.each(keys)('asks for %j under every pattern', async (key) => {
    gives('7');
    expect(await call('segment.get', { key })).toBe('7');
    expect(await call('snowflake.get', { key })).toBe('7');
    gives(['8', '9']);
    expect(await call('segment.get', { key, count: 2 })).toEqual(['8', '9']);
    expect(await call('snowflake.get', { key, count: 2 })).toEqual(['8', '9']);
    gives(lease(key));
    expect(await call('segment.lease', { key, size: 10 })).toEqual(lease(key));
    expect(await call('segment.lease', { key, size: 10, requestId: 'a b/c' })).toEqual(lease(key));
    gives({ returned: 3 });
    expect(await call('segment.return', { key, leaseId: '4-ü', from: '107' })).toEqual({
      returned: 3,
    });
    gives(decoded);
    expect(await call('snowflake.decode', { id: key })).toEqual(decoded);
    expect(fake.asked.map(({ pattern, request }) => [pattern, request])).toEqual([
      ['segment.get', { key }],
      ['snowflake.get', { key }],
      ['segment.get', { key, count: 2 }],
      ['snowflake.get', { key, count: 2 }],
      ['segment.lease', { key, size: 10 }],
      ['segment.lease', { key, size: 10, requestId: 'a b/c' }],
      ['segment.return', { leaseId: '4-ü', from: '107' }],
      ['snowflake.decode', { id: key }],
    ]);
    expect(fake.accepted).toBe(1);
  });

  it('rejects with the error of the server', async () => {
    fake.answer = () => ({ refused: { code: 'KEY_NOT_FOUND', text: 'Müller', retryable: false } });
    const error: unknown = await getOne().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(IdunError);
    expect(error).toMatchObject({ code: 'KEY_NOT_FOUND', message: 'Müller', retryable: false });
  });

  it.each([
    [{ code: 'NEW_ONE', text: 'x', retryable: true }, TransportError],
    [{ code: 'toString', text: 'x', retryable: false }, IdunError],
  ])('takes an error of a later version: %j', async (refused, kind) => {
    fake.answer = () => ({ refused });
    const error: unknown = await getOne().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(kind);
    expect(String(error)).toContain(refused.code);
    if (error instanceof IdunError) expect(error.code).toBe('INTERNAL');
  });

  it.each([0, null, '', ' 7', '7\n', '-7', '07', '1e3', '0', '9'.repeat(20), '９', {}, ['7']])(
    'takes %j for no id',
    async (value) => {
      gives(value);
      await expect(getOne()).rejects.toBeInstanceOf(TransportError);
    },
  );

  it.each([0, '5', null, [], ['5'], ['5', '6', '7'], ['5', 6], ['5', ''], { 0: '5', 1: '6' }])(
    'takes %j for no two ids',
    async (value) => {
      gives(value);
      const ids = call('snowflake.get', { key: 'k', count: 2 });
      await expect(ids).rejects.toBeInstanceOf(TransportError);
    },
  );

  it.each([
    lease('another'),
    lease('k', 9),
    { ...lease('k'), start: '110', end: '100' },
    { ...lease('k'), start: 100, end: 110 },
    { ...lease('k'), leaseId: 4 },
    { ...lease('k'), leaseId: '' },
    [lease('k')],
    null,
    '100',
  ])('takes %j for no lease', async (value) => {
    gives(value);
    await expect(call('segment.lease', { key: 'k', size: 10 })).rejects.toBeInstanceOf(
      TransportError,
    );
  });

  it.each([{ returned: -1 }, { returned: '3' }, { returned: 1.5 }, {}, null, 3])(
    'takes %j for no return',
    async (value) => {
      gives(value);
      const returned = call('segment.return', { key: 'k', leaseId: 'x', from: '5' });
      await expect(returned).rejects.toBeInstanceOf(TransportError);
    },
  );

  it.each([{ ...decoded, workerId: '1' }, { ...decoded, datacenterId: -1 }, {}, null, '7'])(
    'takes %j for no decoded id',
    async (value) => {
      gives(value);
      await expect(call('snowflake.decode', { id: '7' })).rejects.toBeInstanceOf(TransportError);
    },
  );

  it('reads a reply that comes byte by byte, cut within characters', async () => {
    fake.delivery = 'byte by byte';
    gives(lease('🦊é订单'));
    expect(await call('segment.lease', { key: '🦊é订单', size: 10 })).toEqual(lease('🦊é订单'));
    gives('123456789');
    expect(await getOne()).toBe('123456789');
  });

  it.each<Delivery>(['half', 'half and reset'])('never takes %s of a reply', async (delivery) => {
    fake.delivery = delivery;
    gives('1234567890');
    await expect(getOne()).rejects.toBeInstanceOf(TransportError);
    fake.delivery = 'whole';
    expect(await getOne()).toBe('1234567890');
  });

  it('fails where the server hangs up, and connects again', async () => {
    fake.answer = () => 'hang up';
    await expect(getOne()).rejects.toBeInstanceOf(TransportError);
    gives('7');
    expect(await getOne()).toBe('7');
    expect(fake.accepted).toBe(2);
  });

  it('fails where the server says something else', async () => {
    for (const bytes of ['hello\r\n', '\u0000', Buffer.alloc(5_000_000, '9'), '99999999#x']) {
      fake.answer = () => ({ bytes });
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await expect(getOne(AbortSignal.timeout(5_000))).rejects.toBeInstanceOf(TransportError);
    }
  });

  it('connects again after the server closed it while idle', async () => {
    gives('7');
    await getOne();
    for (const socket of fake.sockets) socket.end();
    await expect.poll(() => fake.sockets.size, patience).toBe(0);
    expect(await getOne()).toBe('7');
    expect(fake.accepted).toBe(2);
  });

  it('fails where nobody listens, and names the server', async () => {
    await fake.stop();
    await expect(getOne()).rejects.toBeInstanceOf(TransportError);
    await expect(getOne()).rejects.toThrow(`127.0.0.1:${fake.server.port}`);
  });

  it('ends with the reason of the signal, before, while waiting and under way', async () => {
    const reason = new Error('enough');
    await expect(getOne(AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const calls = Array.from({ length: 200 }, () => getOne(controller.signal));
    const outcomes = Promise.allSettled(calls);
    await expect.poll(() => fake.asked.length, patience).toBeGreaterThan(0);
    controller.abort(reason);
    expect(new Set((await outcomes).map((each) => 'reason' in each && each.reason))).toEqual(
      new Set([reason]),
    );
    gives('7');
    expect(await getOne()).toBe('7');
  });

  it('refuses what has no way to be sent as an error of idun does', async () => {
    fake.answer = ({ request }) => ({
      refused: { code: 'KEY_INVALID', text: String(request['key']), retryable: false },
    });
    await expect(call('segment.get', { key: '\ud800' })).rejects.toMatchObject({
      code: 'KEY_INVALID',
    });
    for (const requestId of ['a\nb', '订单']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await expect(call('segment.lease', { key: 'k', size: 1, requestId })).rejects.toBeInstanceOf(
        IdunError,
      );
    }
  });

  it('gives each of many calls at once its own reply', async () => {
    fake.answer = async ({ request }) => {
      await new Promise((resolve) => setTimeout(resolve, Number(request['key']) % 7));
      return { value: String(request['key']) };
    };
    const own = Array.from({ length: 500 }, (_, i) => String(i + 1));
    expect(await Promise.all(own.map((key) => call('snowflake.get', { key })))).toEqual(own);
  });

  it('rejects what is under way and what comes later once it is closed', async () => {
    const outcomes = Promise.allSettled(Array.from({ length: 200 }, () => getOne()));
    await expect.poll(() => fake.asked.length, patience).toBeGreaterThan(0);
    await connection.close();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(TransportError) });
    }
    await expect(getOne()).rejects.toBeInstanceOf(TransportError);
    await expect.poll(() => fake.sockets.size, patience).toBe(0);
    await connection.close();
  });

  it('closes though it was never used', async () => {
    await connection.close();
    expect(fake.accepted).toBe(0);
  });
});
