import { describe, expect, it } from 'vitest';
import { UnsafeIdError } from '../errors.js';
import { BigintSegment } from './bigint-segment.js';
import type { LeasedSegment } from './leased-segment.js';
import { NumberSegment } from './number-segment.js';
import { FakeServers, setup } from './segment.fixture.js';
import { StringSegment } from './string-segment.js';

const kinds = [
  ['number', NumberSegment],
  ['bigint', BigintSegment],
  ['string', StringSegment],
] as const;

describe.each(kinds)('ids as %s', (kind, Segment) => {
  it.each([1n, 9_990n, 10n ** 15n - 37n, 2n ** 53n - 130n])(
    'from %s on: each once, in order, over the ends of leases',
    async (first) => {
      const { ports } = setup(new FakeServers(first));
      const segment = new Segment('k', { minLeaseSize: 20, maxLeaseSize: 20 }, ports);
      const ids = [...(await segment.take(75)), await segment.next()];
      expect(ids.map((id) => typeof id)).toEqual(ids.map(() => kind));
      expect(ids.map(String)).toEqual(ids.map((_id, index) => String(first + BigInt(index))));
    },
  );

  it('tryNext gives what is at hand, and undefined until there is more', async () => {
    const { ports, clock } = setup(new FakeServers());
    const segment: LeasedSegment<unknown> = new Segment(
      'k',
      { minLeaseSize: 2, maxLeaseSize: 2 },
      ports,
    );
    expect(segment.tryNext()).toBeUndefined();
    await clock.flush();
    const given = [segment.tryNext(), segment.tryNext(), segment.tryNext()].map(String);
    expect(given).toEqual(['1', '2', 'undefined']);
    await clock.flush();
    expect(String(segment.tryNext())).toBe('3');
    expect([segment.tryNext(0), segment.tryNext(0)].map(String)).toEqual(['4', '0']);
  });

  it('close gives back from the first id that was not issued', async () => {
    const servers = new FakeServers(10n ** 15n);
    const { ports, clock } = setup(servers);
    const segment = new Segment('k', { minLeaseSize: 10 }, ports);
    await segment.take(3);
    await clock.flush();
    await segment.close();
    const from = servers.returned.map((lease) => lease.from);
    expect(from).toEqual([10n ** 15n + 3n, 10n ** 15n + 10n]);
  });
});

it('the highest number is 2^53 - 1; a lease beyond is refused and given back whole', async () => {
  const servers = new FakeServers(2n ** 53n - 10n);
  const { ports } = setup(servers);
  const segment = new NumberSegment('k', { minLeaseSize: 10, maxLeaseSize: 10 }, ports);
  const ids = await segment.take(10);
  expect(ids.at(-1)).toBe(Number.MAX_SAFE_INTEGER);
  await expect(segment.next()).rejects.toBeInstanceOf(UnsafeIdError);
  expect(servers.returned).toEqual([{ leaseId: 'lease of request 2', from: 2n ** 53n }]);
});

it('the highest bigint is 2^63 - 1', async () => {
  const { ports } = setup(new FakeServers(2n ** 63n - 5n));
  const segment = new BigintSegment('k', { minLeaseSize: 5, maxLeaseSize: 5 }, ports);
  expect((await segment.take(5)).at(-1)).toBe(2n ** 63n - 1n);
});
