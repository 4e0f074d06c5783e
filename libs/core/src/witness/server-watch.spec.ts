import { describe, expect, it } from 'vitest';
import { from, given, guardSetup as setup, TIMEOUT_MS } from './range-guard.fixture.js';

describe('another server', () => {
  it('is put on record with a margin where no witness proves its ranges', async () => {
    const { judge, store, servers, dropped } = setup();
    await judge(given(1n, 11n, 1n, 4n));
    expect(await judge(from('unknown', given(11n, 21n, 2n, 4n)))).toBe('drop');
    expect(store.acceptServer).toHaveBeenCalledWith(
      { seenEpoch: 4n, marginSteps: 16, holder: 'node-1' },
      TIMEOUT_MS,
    );
    expect([servers, dropped]).toEqual([[true], ['11-21']]);
  });

  it.each([
    ['require', 0],
    // Others may have given ranges that it was not told of yet.
    ['prefer', 16],
  ] as const)('is put on record by a witness that is %sd with %i steps', async (witness, steps) => {
    const { judge, guard, store, servers } = setup({ witness });
    await guard.open('order', 1n, TIMEOUT_MS);
    await judge(from('unknown', given(1n, 11n, 1n)));
    expect(store.acceptServer).toHaveBeenCalledWith(
      expect.objectContaining({ marginSteps: steps }),
      TIMEOUT_MS,
    );
    expect(servers).toEqual([steps > 0]);
  });

  it.each(['none', 'prefer'] as const)(
    'that is older than one seen since is left, and taken only where no other answers (witness: %s)',
    async (witness) => {
      const { clock, judge, guard, store } = setup({ witness });
      await guard.open('order', 1n, TIMEOUT_MS);
      await judge(given(1n, 11n, 1n, 5n));
      expect(await judge(given(11n, 21n, 2n, 4n))).toBe('drop');
      expect(store.passOver).toHaveBeenCalledTimes(1);
      await clock.advance(2_000);
      await judge(given(21n, 31n, 3n, 5n));
      await clock.advance(2_000);
      expect(await judge(given(11n, 21n, 2n, 4n))).toBe('drop');
      expect(store.acceptServer).not.toHaveBeenCalled();
      await clock.advance(3_000);
      expect(await judge(given(11n, 21n, 2n, 4n))).toBe('drop');
      expect(store.acceptServer).toHaveBeenCalledWith(
        expect.objectContaining({ seenEpoch: 5n }),
        TIMEOUT_MS,
      );
    },
  );

  it('is found by the witness where this node has not seen the later one', async () => {
    const { judge, guard, witness, store } = setup({ witness: 'prefer' });
    await guard.open('order', 1n, TIMEOUT_MS);
    await witness.claim('order', { start: 1n, end: 11n }, 6n, TIMEOUT_MS);
    expect(await judge(given(11n, 21n, 2n, 5n))).toBe('drop');
    expect(store.passOver).toHaveBeenCalledTimes(1);
  });
});
