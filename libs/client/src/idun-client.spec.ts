import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { clientOverFakes } from './client.fixture.js';
import { ClientClosedError, NotReadyError, TransportError } from './errors.js';
import type { BigintSegment } from './segment/bigint-segment.js';
import type { NumberSegment } from './segment/number-segment.js';
import type { StringSegment } from './segment/string-segment.js';

describe('segment', () => {
  it('gives ids of the kind that is asked for, typed accordingly', async () => {
    const { client } = clientOverFakes();
    const bigints = client.segment('a');
    const numbers = client.segment('b', { as: 'number' });
    const strings = client.segment('c', { as: 'string', minLeaseSize: 5 });
    expectTypeOf(bigints).toEqualTypeOf<BigintSegment>();
    expectTypeOf(client.segment('d', { minLeaseSize: 1 })).toEqualTypeOf<BigintSegment>();
    expectTypeOf(numbers).toEqualTypeOf<NumberSegment>();
    expectTypeOf(strings).toEqualTypeOf<StringSegment>();
    expect([await bigints.next(), await numbers.next(), await strings.next()]).toEqual([
      1n,
      21,
      '41',
    ]);
  });

  it('is one for each key and kind, with one lease', async () => {
    const { client, pool } = clientOverFakes();
    expect(client.segment('k')).toBe(client.segment('k', { as: 'bigint' }));
    expect(client.segment('k')).not.toBe(client.segment('k', { as: 'string' }));
    expect(client.segment('k')).not.toBe(client.segment('l'));
    expect(await Promise.all([client.segment('k').next(), client.segment('k').next()])).toEqual([
      1n,
      2n,
    ]);
    expect(pool.patterns).toEqual(['segment.lease', 'segment.lease']);
  });

  it('refuses an option that differs from the one in use', () => {
    const { client } = clientOverFakes();
    const segment = client.segment('k', { minLeaseSize: 5 });
    expect(client.segment('k')).toBe(segment);
    expect(client.segment('k', { minLeaseSize: 5, maxLeaseSize: 10 })).toBe(segment);
    expect(() => client.segment('k', { minLeaseSize: 6 })).toThrow(
      new TypeError(
        "The segment of 'k' is in use with minLeaseSize 5: another value needs another client.",
      ),
    );
    expect(client.segment('k', { as: 'number', minLeaseSize: 6 })).not.toBe(segment);
  });

  it('takes an undefined option for one that is not given', async () => {
    const { client, pool } = clientOverFakes({ minLeaseSize: undefined, deadlineMs: undefined });
    const segment = client.segment('k', { maxLeaseSize: undefined });
    expect(await segment.next()).toBe(1n);
    expect(pool.calls[0]?.request).toMatchObject({ size: 1_000 });
    expect(client.segment('k', { minLeaseSize: undefined })).toBe(segment);
  });

  it('lets many calls share one signal without a warning', async () => {
    const { client, pool } = clientOverFakes();
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    pool.held = Promise.resolve();
    const { signal } = new AbortController();
    const segment = client.segment('k');
    await Promise.all(Array.from({ length: 20 }, () => segment.next({ signal })));
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  it.each(['', ' k', 'a\nb', 'k'.repeat(129), '\ud800', 7])(
    'refuses the key %j before any call',
    async (key) => {
      const { client, pool } = clientOverFakes();
      const wrong = key as string;
      const refused = expect.objectContaining({ code: 'KEY_INVALID' });
      expect(() => client.segment(wrong)).toThrow(refused);
      await expect(client.getSegmentId(wrong)).rejects.toEqual(refused);
      await expect(client.getSegmentIds(wrong, 2)).rejects.toEqual(refused);
      await expect(client.getSnowflakeId(wrong)).rejects.toEqual(refused);
      await expect(client.snowflake.take(2, { key: wrong })).rejects.toEqual(refused);
      expect(pool.calls).toEqual([]);
    },
  );

  it('asks for a lease in calls that end before the caller who waits, and says why he waited', async () => {
    const { client, pool, clock } = clientOverFakes();
    pool.failure = new TransportError('no server');
    const waiting = client
      .segment('k')
      .next()
      .catch((error: unknown) => error);
    await clock.advance(1_999);
    expect(pool.calls[0]?.options?.deadlineMs).toBe(1_500);
    await clock.advance(1);
    const error = await waiting;
    expect(error).toBeInstanceOf(NotReadyError);
    expect(error).toMatchObject({ cause: pool.failure });
  });
});

describe('calls of a server', () => {
  it('are those of the contract, ids as strings', async () => {
    const { client, pool } = clientOverFakes();
    expect(await client.getSegmentId('k')).toBe('1');
    expect(await client.getSegmentIds('k', 2)).toEqual(['2', '3']);
    expect(await client.getSnowflakeId('k')).toBe('4');
    expect(await client.getSnowflakeIds('k', 1)).toEqual(['5']);
    expect(await client.decodeSnowflakeId('6')).toEqual({ id: '6' });
    expect(pool.calls.map(({ pattern, request }) => [pattern, request])).toEqual([
      ['segment.get', { key: 'k' }],
      ['segment.get', { key: 'k', count: 2 }],
      ['snowflake.get', { key: 'k' }],
      ['snowflake.get', { key: 'k', count: 1 }],
      ['snowflake.decode', { id: '6' }],
    ]);
  });

  it('for snowflakes give bigints, and pass options on', async () => {
    const { client, pool } = clientOverFakes();
    const { signal } = new AbortController();
    expect(await client.snowflake.next()).toBe(1n);
    expect(await client.snowflake.take(2, { key: 'mine', deadlineMs: 5, signal })).toEqual([
      2n,
      3n,
    ]);
    expect(await client.snowflake.decode(9n)).toEqual({ id: '9' });
    expect(pool.calls[0]?.request).toEqual({ key: 'client' });
    expect(pool.calls[1]).toEqual({
      pattern: 'snowflake.get',
      request: { key: 'mine', count: 2 },
      options: { deadlineMs: 5, signal },
    });
  });

  it.each([0, 10_001, 1.5])('of %s ids are refused', async (count) => {
    const { client, pool } = clientOverFakes();
    const refused = { code: 'COUNT_INVALID' };
    await expect(client.getSegmentIds('k', count)).rejects.toMatchObject(refused);
    await expect(client.snowflake.take(count)).rejects.toMatchObject(refused);
    expect(pool.calls).toEqual([]);
  });
});

describe('close', () => {
  it('gives back what is unused of all keys, then ends the connections', async () => {
    const { client, pool, clock } = clientOverFakes();
    await client.segment('a').take(3);
    await client.segment('b', { as: 'string' }).next();
    await clock.flush();
    await client.close();
    const returned = pool.calls.filter(({ pattern }) => pattern === 'segment.return');
    expect(returned.map(({ request }) => request)).toEqual(
      expect.arrayContaining([
        { key: 'a', leaseId: 'lease of request 1', from: '4' },
        expect.objectContaining({ key: 'a', from: expect.any(String) }),
        expect.objectContaining({ key: 'b' }),
        expect.objectContaining({ key: 'b' }),
      ]),
    );
    expect(returned).toHaveLength(4);
    expect(pool.closed).toBe(true);
    expect(clock.pendingTasks).toBe(0);
  });

  it('has every later call fail, and may be repeated', async () => {
    const { client, pool } = clientOverFakes();
    const segment = client.segment('k');
    await segment.next();
    expect(client.close()).toBe(client.close());
    await client.close();
    await client[Symbol.asyncDispose]();
    const before = pool.calls.length;
    expect(() => client.segment('k')).toThrow(ClientClosedError);
    expect(() => segment.tryNext()).toThrow(ClientClosedError);
    const calls = [
      segment.next(),
      segment.take(2),
      segment.lease(2),
      client.snowflake.next(),
      client.snowflake.take(2),
      client.snowflake.decode(1n),
      client.getSegmentId('k'),
      client.getSnowflakeIds('k', 2),
      client.call('segment.get', { key: 'k' }),
    ];
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toEqual({ status: 'rejected', reason: expect.any(ClientClosedError) });
      expect(outcome).toMatchObject({ reason: { code: 'SHUTTING_DOWN', retryable: false } });
    }
    expect(pool.calls).toHaveLength(before);
  });

  it('ends in time though nothing answers, and the connections end all the same', async () => {
    const { client, pool, clock } = clientOverFakes();
    await client.segment('k').next();
    await clock.flush();
    pool.held = new Promise(() => undefined);
    let closed = false;
    void client.close().then(() => (closed = true));
    await clock.advance(5_000);
    expect([closed, pool.closed]).toEqual([true, true]);
  });

  it('ends in time though the connections do not', async () => {
    const { client, pool, clock } = clientOverFakes();
    pool.close = () => new Promise(() => undefined);
    let closed = false;
    void client.close().then(() => (closed = true));
    await clock.advance(5_000);
    expect(closed).toBe(true);
  });
});
