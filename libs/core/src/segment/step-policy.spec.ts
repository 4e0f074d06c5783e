import { describe, expect, it } from 'vitest';
import { segmentSetup } from '#testing';
import type { SegmentOptions } from './segment-buffer.js';

function simulation(options: Partial<SegmentOptions> = {}, step = 1_000) {
  const { clock, store, generator } = segmentSetup();
  store.put('order', { step });
  const ids = generator({ adaptive: true, ...options });
  let given = 0;
  const startMs = clock.monotonicMs();
  return {
    store,
    /** Draws `perSecond` ids a second until `fetches` more segments were fetched; tells their sizes. */
    async run(perSecond: number, fetches: number, eachStep = () => {}): Promise<number[]> {
      const from = store.allocations().length;
      while (store.allocations().length < from + fetches) {
        // oxlint-disable-next-line no-await-in-loop -- time moves step by step
        await clock.advance(5_000);
        // oxlint-disable-next-line no-await-in-loop
        given += (await ids.getSegmentIds('order', perSecond * 5)).length;
        eachStep();
      }
      return store
        .allocations()
        .slice(from)
        .map(({ size }) => size);
    },
    elapsedMs: () => clock.monotonicMs() - startMs,
    /** Ids fetched and not given yet. */
    stock: () => Number(store.maxId('order')! - 1n) - given,
  };
}

describe('the adaptive step', () => {
  it('is within 20 % of 20 minutes of the rate three fetches after it rose and fell tenfold', async () => {
    const simulated = simulation();
    await simulated.run(20, 6);
    const [steady] = await simulated.run(20, 1);
    expect(steady).toBeGreaterThan(20 * 1_200 * 0.8);
    expect(steady).toBeLessThan(20 * 1_200 * 1.2);

    const up = await simulated.run(200, 3);
    expect(Math.abs(up[2]! - 200 * 1_200)).toBeLessThan(200 * 1_200 * 0.2);

    const down = await simulated.run(20, 3);
    expect(Math.abs(down[2]! - 20 * 1_200)).toBeLessThan(20 * 1_200 * 0.2);
  });

  it('keeps ten minutes in stock once it has settled', async () => {
    const simulated = simulation();
    await simulated.run(50, 8);
    simulated.store.faults.delayMs = 300;
    let least = Infinity;
    await simulated.run(50, 4, () => (least = Math.min(least, simulated.stock())));
    expect(least).toBeGreaterThanOrEqual(50 * 600 * 0.99);
    expect(least).toBeLessThan(50 * 600 * 1.1);
  });

  it('never leaves the room between the own step and the ceiling', async () => {
    const simulated = simulation({ maxStep: 5_000 });
    const sizes = await simulated.run(1_000, 20);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...sizes)).toBe(5_000);
  });

  it('has minutes in stock some seconds after a cold start', async () => {
    const simulated = simulation({}, 10);
    await simulated.run(100, 2);
    expect(simulated.elapsedMs()).toBeLessThan(20_000);
    expect(simulated.stock()).toBeGreaterThan(100 * 300);
  });

  it('can be switched off', async () => {
    const sizes = await simulation({ adaptive: false }).run(100, 10);
    expect(new Set(sizes)).toEqual(new Set([1_000]));
  });

  it('lets the own step go above the ceiling', async () => {
    const sizes = await simulation({ maxStep: 100 }, 1_000).run(10, 2);
    expect(sizes).toEqual([1_000, 1_000]);
  });
});
