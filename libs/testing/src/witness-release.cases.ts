import { describe, expect, it } from 'vitest';
import { MAX_TAKEN } from '#core';
import { claimed, claimedBy, rewound, type WitnessBench } from './witness-bench.js';

/** What becomes of ids that are given up. */
export function witnessReleaseCases(bench: WitnessBench): void {
  const { claimAt, open, release, cover, remove } = bench;

  describe('a release', () => {
    it('takes what was released again, once', async () => {
      await open(1);
      expect(await claimAt(0, 1, 101)).toEqual(claimed);
      await release(50, 101);
      expect(await claimAt(1, 49, 60)).toEqual(rewound(101));
      expect(await claimAt(1, 50, 60)).toEqual(claimed);
      expect(await claimAt(2, 50, 60)).toEqual(rewound(101));
      // The counter went back: its next range begins in the hole and ends above the mark.
      expect(await claimAt(2, 60, 160)).toEqual(claimed);
      expect(await claimAt(0, 100, 101)).toEqual(rewound(160));
    });

    it('takes a released range from below the mark', async () => {
      await open(1);
      expect(await claimAt(0, 1, 11)).toEqual(claimed);
      expect(await claimAt(1, 11, 21)).toEqual(claimed);
      await release(5, 11);
      await release(11, 14, 1);
      expect(await claimAt(2, 5, 14)).toEqual(claimed);
      expect(await claimAt(2, 14, 15)).toEqual(rewound(21));
    });

    it('numbers the claims of a key, whoever makes them', async () => {
      await open(1);
      expect(await claimAt(0, 1, 11)).toEqual(claimedBy(1));
      expect(await claimAt(1, 21, 31)).toEqual(claimedBy(2));
      expect(await claimAt(1, 1, 11)).toEqual(rewound(31));
      expect(await claimAt(2, 11, 21)).toEqual(claimedBy(3));
      const claims = await Promise.all(
        [0, 1, 2, 0, 1, 2].map((node, n) => claimAt(node, 31 + n, 32 + n)),
      );
      expect(claims).toEqual(expect.arrayContaining([4, 5, 6, 7, 8, 9].map(claimedBy)));
    });

    it('releases what was taken from a hole for that claim only, all of it or nothing', async () => {
      await open(1);
      expect(await claimAt(0, 1, 11)).toEqual(claimedBy(1));
      expect(await release(1, 11, 0, 1)).toBe(true);
      // What is open stays so, and may be given again.
      expect(await release(1, 11, 0, 1)).toBe(true);
      expect(await claimAt(1, 4, 11)).toEqual(claimedBy(2));
      // The store went back, and the first one gives back what it had once more.
      expect(await release(1, 11, 0, 1)).toBe(false);
      expect(await release(4, 11, 2, 1)).toBe(false);
      expect(await claimAt(2, 4, 11)).toEqual(rewound(11));
      expect(await release(8, 11, 1, 2)).toBe(true);
      expect(await claimAt(2, 8, 11)).toEqual(claimedBy(3));
      expect(await release(4, 11, 1, 2)).toBe(false);
      expect(await release(4, 8, 1, 2)).toBe(true);
      expect(await claimAt(0, 1, 8)).toEqual(claimedBy(4));
    });

    it('releases nothing that was claimed before it knew the key', async () => {
      await open(1);
      expect(await claimAt(0, 1, 11)).toEqual(claimedBy(1));
      await remove();
      await open(11, 1);
      expect(await release(1, 11, 0, 1)).toBe(false);
      expect(await claimAt(2, 1, 11)).toEqual(rewound(11));
    });

    it('releases for nobody what is covered', async () => {
      await open(1);
      expect(await claimAt(0, 1, 11)).toEqual(claimedBy(1));
      expect(await release(1, 6, 0, 1)).toBe(true);
      await cover(1, 3, 1);
      await cover(8, 9, 1);
      expect(await release(1, 6, 0, 1)).toBe(false);
      expect(await release(6, 11, 0, 1)).toBe(false);
      expect(await claimAt(2, 1, 3)).toEqual(rewound(11));
      expect(await claimAt(2, 3, 6)).toEqual(claimedBy(2));
    });

    it('leaves unclaimed what is released and was not claimed', async () => {
      await open(1);
      expect(await claimAt(0, 11, 21)).toEqual(claimed);
      await release(1, 11, 1);
      await release(21, 31, 1);
      expect(await claimAt(2, 1, 11)).toEqual(claimed);
      expect(await claimAt(2, 21, 31)).toEqual(claimed);
    });

    it('releases nothing below what it has forgotten of claims', async () => {
      await open(1);
      expect(await claimAt(0, 1, 10_021)).toEqual(claimedBy(1));
      for (let n = 0; n <= MAX_TAKEN; n++) {
        await release(10 * n + 1, 10 * n + 2);
        expect(await claimAt(1, 10 * n + 1, 10 * n + 2)).toEqual(claimedBy(n + 2));
      }
      expect(await release(1, 2, 0, 2)).toBe(false);
      expect(await release(11, 12, 0, 3)).toBe(true);
    });
  });
}
