import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SegmentRange, SegmentStore } from '#core';

export interface SegmentStoreFixture {
  store: SegmentStore;
  /** What an operator would do with SQL of his own. */
  put(key: string, row: { maxId?: bigint; step?: number; description?: string }): Promise<void>;
  /** The row as it stands, undefined without one. */
  maxId(key: string): Promise<bigint | undefined>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 5_000;
const LIMIT = 2n ** 63n - 1n;

/** What every segment store does, the one in memory included. */
export function describeSegmentStore(
  name: string,
  factory: () => Promise<SegmentStoreFixture>,
): void {
  describe(`segment store: ${name}`, () => {
    let fixture: SegmentStoreFixture;
    const allocate = async (key: string, size: number): Promise<SegmentRange> => {
      const { start, end } = await fixture.store.allocate(key, size, TIMEOUT_MS);
      return { start, end };
    };
    const find = (key: string) => fixture.store.find(key, TIMEOUT_MS);

    beforeAll(async () => void (fixture = await factory()));
    afterAll(async () => fixture?.close());

    it('answers a ping', async () => {
      await expect(fixture.store.ping(TIMEOUT_MS)).resolves.toBeUndefined();
    });

    it('begins a fresh key with 1 and goes on without gap or overlap', async () => {
      await fixture.put('fresh', { step: 10 });
      expect(await allocate('fresh', 10)).toEqual({ start: 1n, end: 11n });
      expect(await allocate('fresh', 3)).toEqual({ start: 11n, end: 14n });
      expect(await allocate('fresh', 1)).toEqual({ start: 14n, end: 15n });
      expect(await fixture.maxId('fresh')).toBe(15n);
    });

    it('gives concurrent callers disjoint ranges', async () => {
      await fixture.put('shared', {});
      const sizes = Array.from({ length: 20 }, (_, i) => 1 + (i % 7));
      const ranges = await Promise.all(sizes.map((size) => allocate('shared', size)));
      expectTiling(ranges, 1n);
      expect(ranges.map(({ start, end }) => Number(end - start))).toEqual(sizes);
    });

    it('reads a key without moving it', async () => {
      await fixture.put('read', { maxId: 42n, step: 7, description: 'orders' });
      const record = { key: 'read', maxId: 42n, step: 7, description: 'orders' };
      expect(await find('read')).toEqual(record);
      expect(await find('read')).toEqual(record);
      expect(await fixture.maxId('read')).toBe(42n);
    });

    it('knows no key that nobody made, and makes none', async () => {
      expect(await find('nobody')).toBeUndefined();
      await expect(allocate('nobody', 5)).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
      expect(await fixture.maxId('nobody')).toBeUndefined();
    });

    it('sees a key that is inserted while it runs', async () => {
      expect(await find('inserted')).toBeUndefined();
      await fixture.put('inserted', { maxId: 500n, step: 20 });
      expect(await find('inserted')).toMatchObject({ maxId: 500n, step: 20 });
      expect(await allocate('inserted', 20)).toEqual({ start: 500n, end: 520n });
    });

    const keys = ['order', 'ORDER', 'ordér', 'zähler', 'ключ', '订单', '🙂', '🙃', '🙂🙂'].concat([
      'a.b',
      'a/b',
      `it's`,
      '"quoted"',
      'back\\slash',
      '%',
      '_',
      `' OR 1=1 -- `.trim(),
      '1',
      '01',
      'x'.repeat(128),
      '🙂'.repeat(128),
    ]);

    it('keeps keys apart byte by byte', async () => {
      for (const [i, key] of keys.entries()) {
        // oxlint-disable-next-line no-await-in-loop
        await fixture.put(key, { maxId: BigInt(1_000 * (i + 1)), step: 10 });
      }
      for (const [i, key] of keys.entries()) {
        const start = BigInt(1_000 * (i + 1));
        // oxlint-disable-next-line no-await-in-loop
        expect({ key, ...(await allocate(key, 10)) }).toEqual({ key, start, end: start + 10n });
      }
      for (const [i, key] of keys.entries()) {
        const maxId = BigInt(1_000 * (i + 1) + 10);
        // oxlint-disable-next-line no-await-in-loop
        expect(await find(key)).toMatchObject({ key, maxId });
      }
    });

    it.each([
      'order ',
      ' order',
      'Order',
      'orde',
      'ördér',
      'order\0',
      '🙁',
      '%%',
      'x'.repeat(127),
      'x'.repeat(129),
      'order\u{200b}',
      'e\u0301',
      '\ud83d',
      'OR 1=1',
      `order' OR '1'='1`,
      '',
    ])('does not take %j for another key', async (key) => {
      await fixture.put('order', { maxId: 77n });
      expect(await find(key)).toBeUndefined();
      await expect(allocate(key, 1)).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
      expect(await fixture.maxId('order')).toBe(77n);
    });

    it('is exact beyond 2^53', async () => {
      const start = 2n ** 53n + 1n;
      await fixture.put('large', { maxId: start });
      expect(await find('large')).toMatchObject({ maxId: start });
      expect(await allocate('large', 1)).toEqual({ start, end: start + 1n });
      expect(await allocate('large', 2)).toEqual({ start: start + 1n, end: start + 3n });
    });

    it('gives the short rest before the end, then KEY_EXHAUSTED, and never moves past', async () => {
      await fixture.put('last', { maxId: LIMIT - 15n });
      expect(await allocate('last', 10)).toEqual({ start: LIMIT - 15n, end: LIMIT - 5n });
      expect(await allocate('last', 10)).toEqual({ start: LIMIT - 5n, end: LIMIT });
      await expect(allocate('last', 1)).rejects.toMatchObject({ code: 'KEY_EXHAUSTED' });
      await expect(allocate('last', 1_000_000)).rejects.toMatchObject({ code: 'KEY_EXHAUSTED' });
      expect(await find('last')).toMatchObject({ maxId: LIMIT });
      expect(await fixture.maxId('last')).toBe(LIMIT);
    });

    it('shares the rest among concurrent callers', async () => {
      await fixture.put('rush', { maxId: LIMIT - 25n });
      const settled = await Promise.allSettled(
        Array.from({ length: 6 }, () => allocate('rush', 10)),
      );
      const ranges = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      expectTiling(ranges, LIMIT - 25n);
      expect(ranges).toHaveLength(3);
      expect(await fixture.maxId('rush')).toBe(LIMIT);
    });

    it.each([0, -5])('counts a step of %i as 1', async (step) => {
      await fixture.put('step', { maxId: 9n, step });
      expect(await find('step')).toMatchObject({ step: 1, maxId: 9n });
      expect(await allocate('step', 1)).toEqual({ start: 9n, end: 10n });
    });

    it.each([0n, -1n, -(2n ** 63n)])('gives no id below 1 from a max_id of %i', async (maxId) => {
      await fixture.put('negative', { maxId });
      expect(await find('negative')).toMatchObject({ maxId: 1n });
      expect(await allocate('negative', 4)).toEqual({ start: 1n, end: 5n });
      expect(await fixture.maxId('negative')).toBe(5n);
    });
  });
}

/** The ranges cover everything from `start` on, once. */
function expectTiling(ranges: readonly SegmentRange[], start: bigint): void {
  let next = start;
  for (const range of ranges.toSorted((a, b) => (a.start < b.start ? -1 : 1))) {
    expect(range.start).toBe(next);
    expect(range.end).toBeGreaterThan(range.start);
    next = range.end;
  }
}
