import { describe, expect, it } from 'vitest';
import { ClientClosedError, TransportError } from '../errors.js';
import { BigintSegment } from './bigint-segment.js';
import { FakeServers, setup } from './segment.fixture.js';

function start() {
  const servers = new FakeServers(100n);
  const parts = setup(servers);
  const options = { minLeaseSize: 10, maxLeaseSize: 10 };
  return { ...parts, servers, segment: new BigintSegment('k', options, parts.ports) };
}

describe('an explicit lease', () => {
  it('is a range of its own, under a request id of its own', async () => {
    const { segment, servers } = start();
    const [one, two] = [await segment.lease(50), await segment.lease(5)];
    expect([one.key, one.start, one.end, one.leaseId]).toEqual([
      'k',
      100n,
      150n,
      'lease of request 1',
    ]);
    expect([two.start, two.end]).toEqual([150n, 155n]);
    expect(await segment.next()).toBe(155n);
    expect(servers.calls[0]).toEqual({ size: 50, requestId: 'request 1' });
  });

  it('is given back once: again it has the same outcome, and from elsewhere it is refused', async () => {
    const { segment, servers } = start();
    const lease = await segment.lease(50);
    expect(await Promise.all([lease.giveBack(140n), lease.giveBack(140n)])).toEqual([10, 10]);
    expect(await lease.giveBack(140n)).toBe(10);
    expect(servers.returned).toEqual([{ leaseId: 'lease of request 1', from: 140n }]);
    await expect(lease.giveBack(141n)).rejects.toMatchObject({ code: 'LEASE_RETURNED' });
  });

  it('is given back again where that failed, from the same id only', async () => {
    const { segment, servers } = start();
    const lease = await segment.lease(50);
    servers.failure = new TransportError('down');
    await expect(lease.giveBack(140n)).rejects.toBe(servers.failure);
    servers.failure = undefined;
    await expect(lease.giveBack(130n)).rejects.toMatchObject({ code: 'LEASE_RETURNED' });
    expect(await lease.giveBack(140n)).toBe(10);
  });

  it.each([99n, 151n, 140, '140', undefined])('is not given back from %s', async (from) => {
    const { segment, servers } = start();
    const lease = await segment.lease(50);
    await expect(lease.giveBack(from as bigint)).rejects.toMatchObject({ code: 'BODY_INVALID' });
    expect(await lease.giveBack(150n)).toBe(0);
    expect(servers.returned).toHaveLength(1);
  });

  it.each([0, -1, 1.5, NaN, 2 ** 53])('of %s ids is refused', async (size) => {
    const { segment, servers } = start();
    await expect(segment.lease(size)).rejects.toMatchObject({ code: 'SIZE_INVALID' });
    expect(servers.calls).toEqual([]);
  });

  it('is refused once the segment is closed, and stays as it is', async () => {
    const { segment, servers } = start();
    const lease = await segment.lease(50);
    await segment.close();
    await expect(segment.lease(1)).rejects.toBeInstanceOf(ClientClosedError);
    expect(servers.returned).toEqual([]);
    expect(await lease.giveBack(100n)).toBe(50);
  });
});

describe('what is counted', () => {
  it('is what was issued of each lease: when it is used up, and when the segment is closed', async () => {
    const { segment, issued, clock } = start();
    await segment.take(10);
    expect(issued).toEqual([]);
    await segment.take(13);
    expect(issued).toEqual([10, 10]);
    await clock.flush();
    await segment.close();
    expect(issued).toEqual([10, 10, 3]);
  });

  it('is each lease once, however often an id is asked for in vain', async () => {
    const { segment, servers, issued, clock } = start();
    await segment.next();
    await clock.flush();
    servers.failure = new TransportError('down');
    await segment.take(19);
    for (let i = 0; i < 3; i++) expect(segment.tryNext()).toBeUndefined();
    await segment.close();
    expect(issued).toEqual([10, 10]);
  });

  it('is at hand: the rest of the current lease and the one ahead', async () => {
    const { segment, clock } = start();
    expect(segment.available).toBe(0);
    await segment.take(4);
    await clock.flush();
    expect(segment.available).toBe(16);
    await segment.close();
    expect(segment.available).toBe(0);
  });
});
