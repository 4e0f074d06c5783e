import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_ID_LIMIT } from './segment-store.port.js';
import { MemoryWitness } from '../../../testing/src/memory-witness.js';
import { segmentSetup, takeSingly as take } from '../../../testing/src/segment-setup.js';

const TIMEOUT_MS = 1_000;

let { clock, store, generator, outcome } = segmentSetup();
beforeEach(() => ({ clock, store, generator, outcome } = segmentSetup()));

const oneTo = (end: number) => Array.from({ length: end }, (_, i) => String(i + 1));

describe.each([
  ['with a witness', () => new MemoryWitness({ clock, scheduler: clock })],
  ['without a witness', () => undefined],
])('a node that stops, %s', (_, makeWitness) => {
  let witness: MemoryWitness | undefined;
  beforeEach(() => void (witness = makeWitness()));
  const node = () => generator({}, witness);

  it('gives back what is left of both segments, and the next node goes on there', async () => {
    const first = node();
    const ids = await take(first, 7);
    await clock.flush();
    expect(store.maxId('order')).toBe(21n);
    expect(await first.close(TIMEOUT_MS)).toEqual({ returned: 13, lost: 0 });
    expect(store.maxId('order')).toBe(8n);
    ids.push(...(await take(node(), 30)));
    expect(ids).toEqual(oneTo(37));
  });

  it('waits for a fetch that is under way, and gives that back too', async () => {
    const first = node();
    await take(first, 4);
    store.faults.delayMs = 100;
    await take(first, 1);
    const closing = outcome(first.close(TIMEOUT_MS));
    await clock.advance(1_000);
    expect(closing.value).toEqual({ returned: 15, lost: 0 });
    expect(store.maxId('order')).toBe(6n);
  });

  it('refuses whoever waits, and whoever comes later', async () => {
    const first = node();
    store.faults.hang();
    const waiting = outcome(first.getSegmentId('order'));
    const closing = outcome(first.close(TIMEOUT_MS));
    await clock.flush();
    expect(waiting.code).toBe('SHUTTING_DOWN');
    store.faults.wake();
    await clock.advance(2_000);
    expect(closing.value).toBeDefined();
    await expect(first.getSegmentId('order')).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await expect(first.getSegmentId('other')).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  it('leaves a free range where others have gone on, for one that has had nothing above it', async () => {
    const first = node();
    const second = node();
    await take(first, 3);
    await take(second, 3);
    expect(await first.close(TIMEOUT_MS)).toEqual({ returned: 7, lost: 0 });
    expect(store.maxId('order')).toBe(21n);
    // 11 to 20 are the second's: what is below is not for it.
    expect(await take(second, 10)).toEqual([
      '14',
      '15',
      '16',
      '17',
      '18',
      '19',
      '20',
      '21',
      '22',
      '23',
    ]);
    const third = node();
    expect((await take(third, 8)).map(Number)).toEqual([4, 5, 6, 7, 8, 9, 10, 31]);
  });

  it('loses ids rather than give them twice where an answer is lost', async () => {
    const first = node();
    await take(first, 3);
    store.faults.loseReplyNext();
    expect(await first.close(TIMEOUT_MS)).toEqual({ returned: 0, lost: 7 });
    // They are back all the same, and given once.
    expect(await take(node(), 8)).toEqual(['4', '5', '6', '7', '8', '9', '10', '11']);
  });

  it('stops in time where the store hangs', async () => {
    const first = node();
    await take(first, 3);
    store.put('other', { step: 10 });
    await take(first, 3, 'other');
    store.faults.hang();
    const closing = outcome(first.close(TIMEOUT_MS));
    await clock.advance(TIMEOUT_MS + 100);
    expect(closing.value).toEqual({ returned: 0, lost: 14 });
  });
});

describe('many small free ranges', () => {
  /** Of 3 ids each, all below the counter. */
  function scatter(from: bigint) {
    store.put('order', { maxId: from + 1_000n, step: 10 });
    for (let start = from; start < from + 1_000n; start += 10n) {
      store.tables.free.push({ key: 'order', start, end: start + 3n });
    }
  }
  const fetches = () => store.calls.filter(({ method }) => method === 'takeFree').length;

  it('are taken by a node of which little is asked', async () => {
    scatter(1n);
    const ids = await take(generator(), 6);
    expect(ids.map(Number)).toEqual([1, 2, 3, 11, 12, 13]);
  });

  it('are left alone where callers wait for more than one of them has', async () => {
    scatter(1n);
    const ids = await generator().getSegmentIds('order', 10);
    expect(ids[0]).toBe('1001');
    expect(fetches()).toBe(1);
  });

  it('are taken where the counter has come to its end', async () => {
    scatter(1n);
    store.put('order', { maxId: MAX_ID_LIMIT, step: 10 });
    const ids = await generator().getSegmentIds('order', 10);
    expect(ids.map(Number)).toEqual([1, 2, 3, 11, 12, 13, 21, 22, 23, 31]);
  });

  it('are left alone by a node that was idle, too', async () => {
    const node = generator();
    await take(node, 1);
    await clock.advance(86_400_000);
    scatter(1_001n);
    await node.getSegmentIds('order', 20);
    await clock.advance(1_000);
    await take(node, 100);
    expect(node.bufferedIds('order')).toBeGreaterThan(0);
    expect(fetches()).toBeLessThan(16);
  });

  it('are left alone where one of them would not last', async () => {
    const node = generator({ adaptive: true, targetSeconds: 20 });
    await node.getSegmentIds('order', 1_000);
    await clock.flush();
    scatter(store.maxId('order')!);
    const before = fetches();
    for (let second = 0; second < 60; second++) {
      // oxlint-disable-next-line no-await-in-loop -- time moves step by step
      await clock.advance(1_000);
      // oxlint-disable-next-line no-await-in-loop
      await take(node, 100);
    }
    expect(fetches() - before).toBe(2);
  });
});

it('puts nothing back that the witness does not know as given up', async () => {
  const witness = new MemoryWitness({ clock, scheduler: clock });
  const first = generator({}, witness);
  await take(first, 3);
  witness.faults.loseReplyNext();
  expect(await first.close(TIMEOUT_MS)).toEqual({ returned: 0, lost: 7 });
  expect(store.maxId('order')).toBe(11n);
  expect(await take(generator({}, witness), 1)).toEqual(['11']);
});

describe('a tail of several ranges, with a witness', () => {
  let witness: MemoryWitness;
  beforeEach(() => void (witness = new MemoryWitness({ clock, scheduler: clock })));
  const claimsOf = () => witness.state('order')!.claims;

  /** A node with 8 to 20 at hand, which are the ends of two ranges. */
  async function started() {
    const first = generator({}, witness);
    await take(first, 7);
    await clock.flush();
    expect([store.maxId('order'), claimsOf()]).toEqual([21n, 2n]);
    return first;
  }

  it('is released range by range, each by its own claim, and put back as one', async () => {
    const first = await started();
    const release = vi.spyOn(witness, 'release');
    expect(await first.close(TIMEOUT_MS)).toEqual({ returned: 13, lost: 0 });
    expect(release.mock.calls.map(([, { start, end }, claim]) => [start, end, claim])).toEqual([
      [8n, 11n, 1n],
      [11n, 21n, 2n],
    ]);
    expect(store.calls.filter(({ method }) => method === 'giveBack')).toHaveLength(1);
    expect(store.maxId('order')).toBe(8n);
  });

  it.each<[string, number, bigint, string[]]>([
    ['the first', 10, 11n, ['11', '12']],
    ['the second', 3, 21n, ['8', '9', '10', '21']],
  ])("loses what may be somebody else's by now: %s range", async (_, returned, maxId, next) => {
    const first = await started();
    const [start, end] = returned === 10 ? [9n, 10n] : [15n, 16n];
    await witness.cover('order', { start, end }, TIMEOUT_MS);
    expect(await first.close(TIMEOUT_MS)).toEqual({ returned, lost: 13 - returned });
    expect(store.maxId('order')).toBe(maxId);
    expect(await take(generator({}, witness), next.length)).toEqual(next);
  });

  it('loses what was given while the witness did not answer, which is not released', async () => {
    const first = generator({}, witness);
    await take(first, 4);
    witness.faults.down = true;
    await take(first, 3);
    await clock.flush();
    expect([store.maxId('order'), claimsOf()]).toEqual([21n, 1n]);
    witness.faults.down = false;
    expect(await first.close(TIMEOUT_MS)).toEqual({ returned: 3, lost: 10 });
    await clock.advance(TIMEOUT_MS);
    expect(witness.state('order')).toMatchObject({
      mark: 21n,
      holes: [{ start: 8n, end: 11n, sinceMs: undefined }],
    });
    expect(await take(generator({}, witness), 4)).toEqual(['8', '9', '10', '21']);
  });
});
