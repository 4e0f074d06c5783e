import { describe, expect, it, vi } from 'vitest';
import type { FakeClock } from '../../../testing/src/fake-clock.js';
import { from, given, guardSetup as setup, TIMEOUT_MS, vouched } from './range-guard.fixture.js';
import type { Rewind } from './verdict.js';

describe('without a witness', () => {
  it('admits what a store gives in order, and remembers it before it is handed out', async () => {
    const { memory, judge } = setup();
    expect(await judge(given(1n, 11n, 1n))).toEqual(vouched);
    expect(memory.of('order')).toEqual({ leases: 1n, mark: 11n });
    // Another node had the second, and gave it back whole.
    expect(await judge(given(11n, 21n, 3n))).toEqual(vouched);
    expect(await judge({ start: 21n, end: 31n })).toEqual(vouched);
  });

  it('finds a store that counts fewer ranges than it told of, and moves the key by a margin', async () => {
    const { judge, guard, store, events, dropped } = setup();
    await judge(given(101n, 111n, 7n));
    const asked = guard.ask('order');
    const verdict = await judge(given(51n, 61n, 7n), { asked });
    expect(verdict).toMatchObject({ to: 111n, isProven: false });
    expect(dropped).toEqual(['51-61']);
    await guard.rewound('order', given(51n, 61n, 7n), verdict as Rewind, asked, TIMEOUT_MS);
    expect(store.heal).toHaveBeenCalledWith(
      expect.objectContaining({ key: 'order', to: 111n, seenLeases: 7n, marginSteps: 16 }),
      TIMEOUT_MS,
    );
    expect(events).toMatchObject([{ key: 'order', maxId: 111n }]);
  });

  it('does not take for a sign what was asked for before a later range came', async () => {
    const { judge, guard } = setup();
    const asked = guard.ask('order');
    expect(await judge(given(11n, 21n, 2n))).toEqual(vouched);
    expect(await judge(given(1n, 11n, 1n), { asked })).toEqual(vouched);
  });

  it('finds a store that goes below what this process was given', async () => {
    const { judge } = setup();
    const verdict = await judge(given(5n, 15n, 9n), { floor: 11n });
    expect(verdict).toMatchObject({ to: 11n, isProven: false });
    expect(await judge(given(11n, 21n, 9n), { floor: 11n })).toEqual(vouched);
  });

  it('drops the free ranges of a key where one of them cannot be, and calls it no rewind', async () => {
    const { judge, guard, store, events } = setup();
    await judge(given(101n, 111n, 7n));
    expect(await judge(given(51n, 61n, 3n), { isFree: true, asked: guard.ask('order') })).toBe(
      'drop',
    );
    expect(store.dropFree).toHaveBeenCalledWith('order', TIMEOUT_MS);
    expect(events).toEqual([]);
  });

  it('says nothing of a rewind that another node has healed', async () => {
    const { guard, store, events } = setup();
    store.heal.mockResolvedValue({ maxId: 500n, healed: false });
    const rewind = { reason: 'r', to: 5n, isProven: false };
    await guard.rewound('order', given(1n, 2n, 1n), rewind, guard.ask('order'), TIMEOUT_MS);
    expect(events).toEqual([]);
  });
});

describe('under refuse', () => {
  it('gives nothing of the key until it stands beyond what was given', async () => {
    const { guard, store, events } = setup({ onRewind: 'refuse' });
    const rewind = { reason: 'r', to: 100n, isProven: true };
    const asked = guard.ask('order');
    const refused = { code: 'STORE_REWOUND', retryable: false };
    await expect(
      guard.rewound('order', given(1n, 2n, 1n), rewind, asked, TIMEOUT_MS),
    ).rejects.toMatchObject(refused);
    expect(store.heal).not.toHaveBeenCalled();
    expect(events).toMatchObject([{ maxId: undefined }]);
    expect(guard.needsOpening('order')).toBe(true);
    await expect(guard.open('order', 99n, TIMEOUT_MS)).rejects.toMatchObject(refused);
    await guard.open('order', 100n, TIMEOUT_MS);
    expect(guard.needsOpening('order')).toBe(false);
  });

  it('does not take another server for the right one by itself', async () => {
    const { judge, store } = setup({ onRewind: 'refuse' });
    const range = from('unknown', given(1n, 11n, 1n));
    await expect(judge(range)).rejects.toMatchObject({ code: 'STORE_REWOUND', retryable: false });
    expect(store.acceptServer).not.toHaveBeenCalled();
  });
});

describe('with a witness', () => {
  it('believes its claims, and moves the key to its mark', async () => {
    const { judge, guard, witness, store } = setup({ witness: 'require' });
    await guard.open('order', 1n, TIMEOUT_MS);
    expect(await judge(given(1n, 101n, 1n))).toEqual({ claim: 1n });
    // Given to another node, and claimed by it.
    await witness.claim('order', { start: 101n, end: 201n }, 1n, TIMEOUT_MS);
    const asked = guard.ask('order');
    const verdict = await judge(given(101n, 151n, 2n), { asked });
    expect(verdict).toMatchObject({ to: 201n, isProven: true });
    await guard.rewound('order', given(101n, 151n, 2n), verdict as Rewind, asked, TIMEOUT_MS);
    expect(store.heal).toHaveBeenCalledWith(
      expect.objectContaining({ to: 201n, marginSteps: 0 }),
      TIMEOUT_MS,
    );
  });

  it('does not believe a claim against what this node has seen', async () => {
    const { judge, guard, witness } = setup({ witness: 'prefer' });
    await guard.open('order', 1n, TIMEOUT_MS);
    await judge(given(1n, 101n, 1n));
    // Given without the witness, which is told of nothing before the process ends.
    witness.faults.down = true;
    await judge(given(101n, 501n, 5n));
    witness.faults.down = false;
    const verdict = await judge(given(101n, 201n, 2n));
    expect(verdict).toMatchObject({ to: 501n, isProven: false });
  });

  it('takes a range of a store that tells nothing of itself', async () => {
    const { judge, guard } = setup({ witness: 'prefer' });
    await guard.open('order', 1n, TIMEOUT_MS);
    await judge(given(1n, 101n, 1n, 3n));
    expect(await judge({ start: 101n, end: 201n })).toEqual({ claim: 2n });
  });

  it('drops what nobody could claim for too long', async () => {
    const { clock, judge, guard, witness } = setup({ witness: 'prefer' });
    await guard.open('order', 1n, TIMEOUT_MS);
    const asked = guard.ask('order');
    witness.faults.down = true;
    clock.setMonotonic(clock.monotonicMs() + 5_001);
    expect(await judge(given(1n, 101n, 1n), { asked })).toBe('drop');
  });

  it('drops what it was too late to claim, and calls it no rewind', async () => {
    for (const sleep of [
      (clock: FakeClock) => clock.setMonotonic(clock.monotonicMs() + 5_001),
      (clock: FakeClock) => clock.shiftWall(5_001),
    ]) {
      const { clock, judge, guard, witness } = setup({ witness: 'prefer' });
      // oxlint-disable no-await-in-loop -- two cases
      await guard.open('order', 1n, TIMEOUT_MS);
      const asked = guard.ask('order');
      await witness.claim('order', { start: 1n, end: 101n }, 1n, TIMEOUT_MS);
      sleep(clock);
      expect(await judge(given(1n, 101n, 1n), { asked })).toBe('drop');
      // oxlint-enable no-await-in-loop
    }
  });

  it('does not hand out below what this process had, even where it could be claimed', async () => {
    const { judge, guard, witness } = setup({ witness: 'prefer' });
    await guard.open('order', 1n, TIMEOUT_MS);
    await judge(given(1n, 101n, 1n));
    await witness.release('order', { start: 51n, end: 101n }, 1n, TIMEOUT_MS);
    const verdict = await judge(given(51n, 101n, 2n), { floor: 101n });
    expect(verdict).toMatchObject({ to: 101n });
  });

  it('goes by what this node has seen while it does not answer', async () => {
    const { judge, guard, witness } = setup({ witness: 'prefer' });
    await guard.open('order', 1n, TIMEOUT_MS);
    await judge(given(1n, 101n, 5n));
    witness.faults.down = true;
    expect(await judge(given(101n, 201n, 6n))).toEqual(vouched);
    expect(guard.readiness).toMatchObject({ status: 'degraded' });
    expect(await judge(given(101n, 201n, 6n))).toMatchObject({ isProven: false });
  });

  it('releases by its claim what it has one for, and nothing else', async () => {
    const { judge, guard, witness } = setup({ witness: 'prefer' });
    await guard.open('order', 1n, TIMEOUT_MS);
    await judge(given(1n, 101n, 1n));
    const release = vi.spyOn(witness, 'release');
    const range = { start: 51n, end: 101n };
    expect(await guard.release('order', range, undefined, TIMEOUT_MS)).toBe(false);
    expect(release).not.toHaveBeenCalled();
    expect(await guard.release('order', range, 1n, TIMEOUT_MS)).toBe(true);
    expect(release).toHaveBeenCalledWith('order', range, 1n, expect.any(Number));
    const { guard: alone } = setup();
    expect(await alone.release('order', range, undefined, TIMEOUT_MS)).toBe(true);
  });

  it('gives nothing while it is required and does not answer', async () => {
    const { judge, guard, witness } = setup({ witness: 'require' });
    await guard.open('order', 1n, TIMEOUT_MS);
    witness.faults.down = true;
    await expect(judge(given(1n, 101n, 1n))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(guard.readiness).toMatchObject({ status: 'down' });
  });
});
