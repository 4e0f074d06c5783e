import { describe, expect, it } from 'vitest';
import { IdunError } from '../../../contracts/src/index.js';
import { TransportError } from '../errors.js';
import { FakePool } from '../client.fixture.js';
import { RemoteLeases } from './remote-leases.js';

const returned = new IdunError('LEASE_RETURNED', 'It was given back already.');

function start() {
  const pool = new FakePool();
  const told: unknown[] = [];
  const tried = new WeakSet<object>();
  const leases = new RemoteLeases(pool, {
    callMs: 1_500,
    tried,
    onLeased: ({ leaseId }) => told.push(leaseId),
    onReturned: (_lease, from, count) => told.push([from, count]),
  });
  return { pool, told, tried, leases, lease: () => leases.lease('k', 100, 'r', {}) };
}

describe('a lease', () => {
  it('crosses the wire as strings', async () => {
    const { leases, pool, told } = start();
    const { signal } = new AbortController();
    expect(await leases.lease('k', 100, 'r', { signal })).toEqual({
      key: 'k',
      start: 1n,
      end: 101n,
      leaseId: 'lease of r',
    });
    expect(pool.calls).toEqual([
      {
        pattern: 'segment.lease',
        request: { key: 'k', size: 100, requestId: 'r' },
        options: { signal, deadlineMs: 1_500 },
      },
    ]);
    expect(told).toEqual(['lease of r']);
  });

  it.each([
    { key: 'other', start: '1', end: '101', leaseId: 'l' },
    { key: 'k', start: '1', end: '100', leaseId: 'l' },
    { key: 'k', start: '0', end: '100', leaseId: 'l' },
    { key: 'k', start: 'x', end: '100', leaseId: 'l' },
    {},
  ])('that is not what was asked for is none: %j', async (reply) => {
    const { pool, lease, told } = start();
    pool.call = () => Promise.resolve(reply as never);
    await expect(lease()).rejects.toBeInstanceOf(TransportError);
    expect(told).toEqual([]);
  });
});

describe('a return', () => {
  it('names the key, and tells how many will be given again', async () => {
    const { leases, pool, told, lease } = start();
    expect(await leases.return(await lease(), 41n, { deadlineMs: 9 })).toBe(7);
    expect(pool.calls[1]).toEqual({
      pattern: 'segment.return',
      request: { key: 'k', leaseId: 'lease of r', from: '41' },
      options: { deadlineMs: 9 },
    });
    expect(told).toEqual(['lease of r', [41n, 7]]);
  });

  it('that somebody else has made is refused', async () => {
    const { leases, pool, lease } = start();
    const given = await lease();
    pool.failure = returned;
    await expect(leases.return(given, 41n, {})).rejects.toBe(returned);
  });

  it('whose answer was lost in an attempt before is done', async () => {
    const { leases, pool, tried, told, lease } = start();
    const given = await lease();
    pool.call = async (_pattern, request) => {
      tried.add(request);
      throw returned;
    };
    expect(await leases.return(given, 41n, {})).toBe(60);
    expect(told.at(-1)).toEqual([41n, 60]);
  });

  it('whose answer was lost in a call before is done', async () => {
    const { leases, pool, lease } = start();
    const given = await lease();
    pool.failure = new TransportError('cut');
    await expect(leases.return(given, 41n, {})).rejects.toBe(pool.failure);
    pool.failure = returned;
    expect(await leases.return(given, 41n, {})).toBe(60);
  });
});
