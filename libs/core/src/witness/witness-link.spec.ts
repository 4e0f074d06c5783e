import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../testing/src/fake-clock.js';
import { MemoryWitness } from '../../../testing/src/memory-witness.js';
import { WitnessLink } from './witness-link.js';

const TIMEOUT_MS = 700;
const range = (start: bigint, end: bigint) => ({ start, end });
const unavailable = { code: 'STORE_UNAVAILABLE' };

function setup(mode: 'prefer' | 'require') {
  const clock = new FakeClock();
  const witness = new MemoryWitness({ clock, scheduler: clock });
  const reachable: boolean[] = [];
  const link = new WitnessLink(
    { mode },
    { witness, scheduler: clock, onReachable: (is) => void reachable.push(is) },
  );
  const claim = (start: bigint, end: bigint) =>
    link.claim('order', range(start, end), 1n, TIMEOUT_MS);
  const open = () => link.open('order', 1n, TIMEOUT_MS);
  return { clock, witness, link, reachable, claim, open };
}

describe('a witness that is preferred', () => {
  it('claims, and is asked to open a key once', async () => {
    const { link, witness, open, claim } = setup('prefer');
    expect(link.needsOpening('order')).toBe(true);
    await open();
    expect(link.needsOpening('order')).toBe(false);
    expect(await claim(1n, 11n)).toEqual({ verdict: 'claimed', claim: 1n });
    expect(await claim(1n, 11n)).toEqual({ verdict: 'rewound', mark: 11n });
    expect(witness.state('order')?.mark).toBe(11n);
  });

  it('is done without while it fails, waited for only once, and told afterwards', async () => {
    const { clock, link, witness, reachable, open, claim } = setup('prefer');
    await open();
    witness.faults.hang();
    const claiming = claim(1n, 11n);
    await clock.advance(TIMEOUT_MS);
    expect(await claiming).toBeUndefined();
    expect([link.isReachable, reachable]).toEqual([false, [false]]);
    expect(await claim(11n, 21n)).toBeUndefined();
    witness.faults.wake();
    await clock.advance(1_000);
    expect([link.isReachable, reachable]).toEqual([true, [false, true]]);
    await open();
    expect(await claim(5n, 15n)).toEqual({ verdict: 'rewound', mark: 21n });
    expect(await claim(21n, 31n)).toMatchObject({ verdict: 'claimed' });
  });

  it('is told of what was given before it knew the key', async () => {
    const { clock, witness, claim, open } = setup('prefer');
    witness.faults.down = true;
    await open();
    expect(await claim(100n, 200n)).toBeUndefined();
    witness.faults.down = false;
    await clock.advance(1_000);
    expect(witness.state('order')).toMatchObject({ mark: 200n, holes: [] });
  });

  it('goes on trying to tell it', async () => {
    const { clock, witness, claim, open } = setup('prefer');
    await open();
    witness.faults.down = true;
    await claim(1n, 11n);
    await clock.advance(5_000);
    expect(witness.state('order')?.mark).toBe(1n);
    witness.faults.down = false;
    await clock.advance(1_000);
    expect(witness.state('order')?.mark).toBe(11n);
    expect(clock.pendingTasks).toBe(0);
  });

  it('opens a key anew that the witness has lost, and calls that no outage', async () => {
    const { link, clock, witness, reachable, open, claim } = setup('prefer');
    await open();
    witness.remove('order');
    expect(await claim(1n, 11n)).toBeUndefined();
    expect(link.needsOpening('order')).toBe(true);
    await clock.advance(1_000);
    expect(witness.state('order')?.mark).toBe(11n);
    await link.open('order', 11n, TIMEOUT_MS);
    expect(await claim(11n, 21n)).toMatchObject({ verdict: 'claimed' });
    expect([link.isReachable, reachable]).toEqual([true, []]);
  });

  it('opens a key anew that the witness has lost since it was opened anew', async () => {
    const { link, clock, witness, open, claim } = setup('prefer');
    await open();
    witness.remove('order');
    await claim(1n, 11n);
    await link.open('order', 11n, TIMEOUT_MS);
    witness.remove('order');
    await clock.advance(2_000);
    expect(witness.state('order')?.mark).toBe(11n);
    expect(clock.pendingTasks).toBe(0);
  });
});

describe('a release', () => {
  it('is false, and nothing is done, where others may have the ids by now', async () => {
    const { link, witness, open, claim } = setup('prefer');
    const release = (by: bigint) => link.release('order', range(6n, 11n), by, TIMEOUT_MS);
    await open();
    await claim(1n, 11n);
    expect(await release(1n)).toBe(true);
    expect(await claim(6n, 11n)).toEqual({ verdict: 'claimed', claim: 2n });
    expect(await release(1n)).toBe(false);
    expect(witness.state('order')?.holes).toEqual([]);
    expect(await release(2n)).toBe(true);
  });

  it('is false where it is not known to have happened, and not sent again', async () => {
    const { clock, link, witness, open, claim } = setup('prefer');
    await open();
    await claim(1n, 11n);
    witness.faults.loseReplyNext();
    expect(await link.release('order', range(6n, 11n), 1n, TIMEOUT_MS)).toBe(false);
    expect(await claim(6n, 11n)).toBeUndefined();
    await clock.advance(1_000);
    await open();
    expect(await claim(6n, 11n)).toEqual({ verdict: 'rewound', mark: 11n });
  });
});

describe('a witness that is back', () => {
  it('is believed only once it knows all that was given without it', async () => {
    const { clock, link, witness, open, claim } = setup('prefer');
    await open();
    witness.faults.down = true;
    for (let start = 1n; start < 100n; start += 10n) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await claim(start, start + 10n);
    }
    witness.faults.down = false;
    // A cover takes as long, so that not all are done.
    witness.faults.delayMs = 100;
    await clock.advance(1_000);
    expect(link.isReachable).toBe(false);
    const releasing = link.release('order', { start: 1n, end: 5n }, 1n, TIMEOUT_MS);
    await clock.advance(200);
    expect(await releasing).toBe(false);
    expect(link.isReachable).toBe(false);
    await clock.advance(2_000);
    expect(link.isReachable).toBe(true);
    expect(witness.state('order')?.mark).toBe(101n);
  });

  it('is told at the end, too', async () => {
    const { link, witness, open, claim } = setup('prefer');
    await open();
    witness.faults.failNext();
    await claim(1n, 11n);
    await link.settle(TIMEOUT_MS);
    expect(witness.state('order')?.mark).toBe(11n);
  });
});

describe('a witness that is required', () => {
  it('lets nothing be given while it does not answer, and says so before the store is asked', async () => {
    const { link, witness, reachable, open, claim } = setup('require');
    await open();
    witness.faults.down = true;
    await expect(claim(1n, 11n)).rejects.toMatchObject(unavailable);
    expect(link.needsOpening('order')).toBe(true);
    expect(link.needsOpening('other')).toBe(true);
    await expect(open()).rejects.toMatchObject(unavailable);
    witness.faults.down = false;
    await open();
    expect(reachable).toEqual([false, true]);
    expect(link.needsOpening('order')).toBe(false);
    expect(await claim(11n, 21n)).toMatchObject({ verdict: 'claimed' });
  });

  it('is never told of a range that was not given', async () => {
    const { clock, witness, open, claim } = setup('require');
    await open();
    witness.faults.failNext();
    await expect(claim(1n, 11n)).rejects.toMatchObject(unavailable);
    await clock.advance(10_000);
    expect(witness.state('order')?.mark).toBe(1n);
  });

  it('needs a key to be opened, and calls it no outage where it was not', async () => {
    const { link, witness, reachable, open, claim } = setup('require');
    await expect(claim(1n, 11n)).rejects.toMatchObject(unavailable);
    await open();
    witness.remove('order');
    await expect(claim(1n, 11n)).rejects.toMatchObject(unavailable);
    expect([link.isReachable, reachable]).toEqual([true, []]);
    expect(link.needsOpening('order')).toBe(true);
    await open();
    expect(await claim(11n, 21n)).toMatchObject({ verdict: 'claimed' });
  });
});
