import { beforeEach, describe, expect, it } from 'vitest';
import { segmentSetup, takeSingly as take } from '#testing';

let { clock, store, generator } = segmentSetup();

beforeEach(() => {
  ({ clock, store, generator } = segmentSetup());
});

describe('giving ids', () => {
  it('starts at 1 and counts on across segments', async () => {
    const ids = await take(generator(), 35);
    expect(ids).toEqual(Array.from({ length: 35 }, (_, i) => String(i + 1)));
  });

  it('gives many at once, ascending, across segments', async () => {
    const ids = generator();
    expect(await ids.getSegmentIds('order', 3)).toEqual(['1', '2', '3']);
    const many = (await ids.getSegmentIds('order', 10_000)).map(BigInt);
    expect(many).toHaveLength(10_000);
    expect(many.every((id, i) => i === 0 || id > many[i - 1]!)).toBe(true);
    expect(many[0]).toBe(4n);
  });

  it('gives an id at once where one is at hand, in the same order', async () => {
    const ids = generator();
    expect(ids.trySegmentId('order')).toBeUndefined();
    expect(await ids.getSegmentId('order')).toBe('1');
    expect(ids.trySegmentId('order')).toBe('2');
    expect(() => ids.trySegmentId('')).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  });

  it('serves a burst on a cold key: 64 callers x 1,000 ids at step 10', async () => {
    store.faults.delayMs = 1;
    const ids = generator();
    const callers = Promise.all(Array.from({ length: 64 }, () => take(ids, 1_000)));
    let done = false;
    void callers.finally(() => (done = true));
    // oxlint-disable-next-line no-await-in-loop -- time moves step by step
    while (!done) await clock.advance(1);
    const all = await callers;
    expect(new Set(all.flat()).size).toBe(64_000);
    for (const each of all) {
      expect(each.every((id, i) => i === 0 || BigInt(id) > BigInt(each[i - 1]!))).toBe(true);
    }
  });

  it('tells what it holds and gave of each key, and how fast', async () => {
    const ids = generator();
    expect(ids.reports()).toEqual([]);
    await take(ids, 21);
    await clock.advance(20_000);
    // The fetch for these closes the window of the rate: none of them is lost from the count.
    await take(ids, 19);
    await clock.flush();
    const [report] = ids.reports();
    const given = Number(store.maxId('order')! - 1n);
    expect(report).toEqual({
      key: 'order',
      issued: 40,
      buffered: given - 40,
      idsPerSecond: expect.closeTo(1.5, 0),
    });
    await clock.advance(1_000_000);
    expect(ids.reports()[0]!.idsPerSecond).toBeLessThan(0.1);
  });

  it('serves waiters in the order in which they came', async () => {
    store.faults.delayMs = 5;
    const ids = generator();
    const calls = [7, 1, 12, 3].map((count) => ids.getSegmentIds('order', count));
    await clock.advance(50);
    const firsts = (await Promise.all(calls)).map((each) => Number(each[0]));
    expect(firsts).toEqual([1, 8, 9, 21]);
  });

  it('fetches in whole steps as many as callers wait for, in one fetch', async () => {
    await generator().getSegmentIds('order', 42);
    expect(store.allocations('order')[0]).toMatchObject({ size: 50 });
  });

  it('refuses bad keys and counts without asking the store', async () => {
    const ids = generator();
    await expect(ids.getSegmentId('')).rejects.toMatchObject({ code: 'KEY_INVALID' });
    await expect(ids.getSegmentIds('order', 0)).rejects.toMatchObject({ code: 'COUNT_INVALID' });
    expect(store.calls).toEqual([]);
  });

  it('gives out a short last segment before the space is exhausted', async () => {
    store.put('last', { maxId: 2n ** 63n - 4n, step: 10 });
    const ids = generator();
    expect(await take(ids, 3, 'last')).toEqual([
      '9223372036854775804',
      '9223372036854775805',
      '9223372036854775806',
    ]);
    await expect(ids.getSegmentId('last')).rejects.toMatchObject({ code: 'KEY_EXHAUSTED' });
  });
});

describe('fetching ahead', () => {
  it('fetches the next segment once the configured part is used, and only once', async () => {
    const ids = generator();
    await take(ids, 4);
    expect(store.allocations()).toHaveLength(1);
    store.faults.delayMs = 1_000;
    await take(ids, 6);
    const fetches = store.calls.filter(({ method }) => method === 'takeFree');
    expect(fetches).toHaveLength(2);
  });

  it('reads a step again that an operator changed', async () => {
    const ids = generator();
    await take(ids, 1);
    store.put('order', { maxId: store.maxId('order'), step: 100 });
    await clock.advance(10_000);
    await take(ids, 9);
    expect(store.allocations().at(-1)).toMatchObject({ size: 100 });
  });
});

describe('a key that does not exist', () => {
  it('costs one read per interval, whoever asks', async () => {
    const ids = generator();
    const ask = () =>
      expect(ids.getSegmentId('nobody')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
    await Promise.all(Array.from({ length: 50 }, ask));
    await clock.advance(499);
    await ask();
    expect(store.calls).toHaveLength(1);
    await clock.advance(1);
    await ask();
    expect(store.calls).toHaveLength(2);
    expect(store.allocations()).toEqual([]);
  });

  it('is not asked for again by itself, however short the interval', async () => {
    const ids = generator({ negativeCacheMs: 0 });
    await expect(ids.getSegmentId('nobody')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
    await clock.advance(1_000);
    expect(store.calls).toHaveLength(1);
  });

  it('is seen within a second once it is inserted', async () => {
    const ids = generator();
    await expect(ids.getSegmentId('new')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
    store.put('new');
    await clock.advance(999);
    expect(await ids.getSegmentId('new')).toBe('1');
  });

  it('is told once what was at hand is used up after it was deleted', async () => {
    const ids = generator();
    await take(ids, 1);
    store.remove('order');
    await clock.advance(10_000);
    expect(await take(ids, 9)).toHaveLength(9);
    await expect(ids.getSegmentId('order')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
  });
});
