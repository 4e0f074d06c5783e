import { beforeEach, describe, expect, it } from 'vitest';
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

it('puts nothing back that the witness does not know as given up', async () => {
  const witness = new MemoryWitness({ clock, scheduler: clock });
  const first = generator({}, witness);
  await take(first, 3);
  witness.faults.loseReplyNext();
  expect(await first.close(TIMEOUT_MS)).toEqual({ returned: 0, lost: 7 });
  expect(store.maxId('order')).toBe(11n);
  expect(await take(generator({}, witness), 1)).toEqual(['11']);
});
