import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeyNotOpened, MAX_HOLES, type Witness } from '#core';
import {
  claimed,
  range,
  rewound,
  TIMEOUT_MS,
  WitnessBench,
  type WitnessFixture,
} from './witness-bench.js';
import { witnessReleaseCases } from './witness-release.cases.js';

export type { WitnessFixture } from './witness-bench.js';

const WINDOW_MS = 300;

/** What is asked of every witness. `factory` gives one that knows no key. */
export function describeWitness(
  name: string,
  factory: (options?: { windowMs: number }) => Promise<WitnessFixture>,
): void {
  describe(`witness: ${name}`, () => {
    let fixture: WitnessFixture;
    beforeEach(async () => void (fixture = await factory()));
    afterEach(() => fixture.close());

    const bench = new WitnessBench(() => fixture);
    const { claimAt, open, release, cover } = bench;

    it('begins where the counter stands, with the first who opens the key', async () => {
      await open(100);
      await open(1, 1);
      await open(500, 2);
      expect(await claimAt(1, 50, 60)).toEqual(rewound(100));
      expect(await claimAt(2, 100, 110)).toEqual(claimed);
      await open(1, 1);
      expect(await claimAt(1, 100, 110)).toEqual(rewound(110));
    });

    it('opens a key once, whoever is first', async () => {
      const nodes = Array.from({ length: 9 }, (_, n) => n % 3);
      await Promise.all(nodes.map((node, n) => open(100 * (n + 1), node)));
      const first = await claimAt(0, 1, 2);
      expect(first.verdict).toBe('rewound');
      expect(await claimAt(1, 1, 2)).toEqual(first);
      expect(await claimAt(2, 1, 2)).toEqual(first);
    });

    it.each(['claim', 'release', 'cover'] as const)(
      'says so when a key was not opened, or removed since: %s',
      async (method) => {
        const call = (node: number) =>
          method === 'claim' ? claimAt(node, 200, 210) : { release, cover }[method](100, 110, node);
        const unopened = { code: 'STORE_UNAVAILABLE', cause: expect.any(KeyNotOpened) };
        await expect(call(0)).rejects.toMatchObject(unopened);
        await open(100);
        await call(0);
        await fixture.remove('k');
        await expect(call(0)).rejects.toMatchObject(unopened);
        await open(100);
        await call(0);
      },
    );

    it('mistakes a key that was removed and opened anew for no older one', async () => {
      await open(100);
      expect(await claimAt(0, 100, 110)).toEqual(claimed);
      await fixture.remove('k');
      await open(500, 1);
      expect(await claimAt(1, 500, 510)).toEqual(claimed);
      // Node 0 remembers what the first one was after as many changes.
      expect(await claimAt(0, 110, 120)).toEqual(rewound(510));
      expect(await claimAt(0, 510, 520)).toEqual(claimed);
      expect(await claimAt(1, 510, 520)).toEqual(rewound(520));
    });

    it('takes claims in order, from all nodes', async () => {
      await open(1);
      for (const n of [0, 1, 2, 3, 4, 5]) {
        expect(await claimAt(n % 3, 1 + 10 * n, 11 + 10 * n)).toEqual(claimed);
      }
      expect(await claimAt(0, 31, 41)).toEqual(rewound(61));
    });

    it('takes claims out of order, each once', async () => {
      await open(1);
      expect(await claimAt(0, 31, 41)).toEqual(claimed);
      expect(await claimAt(1, 11, 21)).toEqual(claimed);
      expect(await claimAt(2, 1, 11)).toEqual(claimed);
      expect(await claimAt(0, 21, 31)).toEqual(claimed);
      for (const start of [1, 11, 21, 31]) {
        expect(await claimAt(1, start, start + 10)).toEqual(rewound(41));
      }
    });

    it('refuses what is claimed in part, and takes none of it', async () => {
      await open(1);
      expect(await claimAt(0, 11, 21)).toEqual(claimed);
      expect(await claimAt(1, 5, 12)).toEqual(rewound(21));
      expect(await claimAt(1, 20, 30)).toEqual(rewound(21));
      expect(await claimAt(1, 1, 11)).toEqual(claimed);
      expect(await claimAt(2, 21, 30)).toEqual(claimed);
    });

    it('closes what was skipped when the window is over', async () => {
      const brief = await factory({ windowMs: WINDOW_MS });
      const [node] = brief.nodes;
      try {
        const claim = (start: number, end: number) =>
          node.claim('k', range(start, end), 0n, TIMEOUT_MS);
        await node.open('k', 1n, TIMEOUT_MS);
        expect(await claim(11, 21)).toEqual(claimed);
        await node.release('k', range(11, 15), 1n, TIMEOUT_MS);
        await brief.elapse(WINDOW_MS + 50);
        expect(await claim(1, 11)).toEqual(rewound(21));
        expect(await claim(5, 15)).toEqual(rewound(21));
        // What was released does not close.
        expect(await claim(11, 15)).toEqual(claimed);
      } finally {
        await brief.close();
      }
    });

    it('refuses nothing on what a node remembers', async () => {
      await open(1);
      for (const node of [0, 1, 2]) {
        expect(await claimAt(node, 1 + 10 * node, 11 + 10 * node)).toEqual(claimed);
      }
      expect(await claimAt(0, 31, 41)).toEqual(claimed);
      await release(21, 31, 2);
      // It has seen no hole, and the other one has seen no claim of it.
      expect(await claimAt(0, 21, 31)).toEqual(claimed);
      expect(await release(21, 31, 2, 5)).toBe(true);
      expect(await claimAt(1, 21, 31)).toEqual(claimed);
      expect(await claimAt(0, 21, 31)).toEqual(rewound(41));
    });

    it('covers what was given without it, however often', async () => {
      await open(1);
      for (const node of [0, 1, 2, 0]) await cover(11, 21, node);
      expect(await claimAt(0, 11, 21)).toEqual(rewound(21));
      // What lies below may be claimed late, as after any claim.
      expect(await claimAt(0, 1, 5)).toEqual(claimed);
      await cover(3, 8);
      expect(await claimAt(1, 5, 8)).toEqual(rewound(21));
      expect(await claimAt(1, 8, 11)).toEqual(claimed);
    });

    it('tells an older store', async () => {
      await open(1);
      expect(await claimAt(0, 1, 11, 'k', 3n)).toEqual(claimed);
      expect(await claimAt(1, 11, 21, 'k', 2n)).toEqual({ verdict: 'stale', epoch: 3n });
      expect(await claimAt(1, 11, 21, 'k', 3n)).toEqual(claimed);
      expect(await claimAt(2, 11, 21, 'k', 4n)).toEqual(rewound(21));
      expect(await claimAt(2, 21, 31, 'k', 4n)).toEqual(claimed);
      expect(await claimAt(0, 31, 41, 'k', 3n)).toEqual({ verdict: 'stale', epoch: 4n });
    });

    it('gives a range to one of twenty who claim it at once', async () => {
      await open(1);
      const claims = Array.from({ length: 20 }, (_, n) => claimAt(n % 3, 1, 11));
      const verdicts = (await Promise.all(claims)).map((claim) => claim.verdict);
      expect(verdicts.filter((verdict) => verdict === 'claimed')).toHaveLength(1);
      expect(verdicts.filter((verdict) => verdict === 'rewound')).toHaveLength(19);
    });

    it('gives twenty who claim ranges of a counter at once one each', async () => {
      await open(1);
      const claims = Array.from({ length: 20 }, (_, n) =>
        claimAt(n % 3, 1 + 10 * ((n * 7) % 20), 11 + 10 * ((n * 7) % 20)),
      );
      expect(await Promise.all(claims)).toEqual(Array.from({ length: 20 }, () => claimed));
      expect(await claimAt(0, 1, 201)).toEqual(rewound(201));
    });

    it('is exact up to the end of the 63-bit space', async () => {
      const top = 2n ** 63n - 1n;
      const [node, other] = fixture.nodes;
      const claim = (witness: Witness, start: bigint, end: bigint, epoch = 0n) =>
        witness.claim('k', { start, end }, epoch, TIMEOUT_MS);
      await node.open('k', top - 10n, TIMEOUT_MS);
      expect(await claim(node, top - 1n, top, 2n ** 62n)).toEqual(claimed);
      expect(await claim(other, top - 1n, top, 2n ** 62n)).toEqual(rewound(top));
      expect(await claim(other, top - 2n, top - 1n, 2n ** 62n)).toEqual(claimed);
      expect(await claim(node, top - 3n, top - 2n, 2n ** 62n - 1n)).toEqual({
        verdict: 'stale',
        epoch: 2n ** 62n,
      });
    });

    it.each([
      ['128 emoji', '🦄'.repeat(128)],
      ['slashes and dots', '../a//b/.'],
      ['a dot', '.'],
      ['what a path could take for something else', 'a%2Fb?c#d\\e'],
      ['the property of an object', '__proto__'],
    ])('keeps a key of %s apart', async (_, key) => {
      const others = [`${key}x`, key.toUpperCase() === key ? 'other' : key.toUpperCase()];
      for (const each of [key, ...others]) await open(1, 0, each);
      expect(await claimAt(0, 1, 11, key)).toEqual(claimed);
      expect(await claimAt(1, 1, 11, key)).toEqual(rewound(11));
      for (const each of others) expect(await claimAt(1, 1, 11, each)).toEqual(claimed);
    });

    it('forgets the lowest hole when there are too many', async () => {
      await open(1);
      expect(await claimAt(0, 1, 10_021)).toEqual(claimed);
      for (let n = 0; n <= MAX_HOLES; n++) await release(10 * n + 1, 10 * n + 2);
      expect(await claimAt(1, 1, 2)).toEqual(rewound(10_021));
      expect(await claimAt(1, 11, 12)).toEqual(claimed);
      expect(await claimAt(1, 9_991, 9_992)).toEqual(claimed);
    });

    it('knows what was claimed under a key of this name only', async () => {
      const key = randomUUID();
      await open(1, 0, key);
      await open(1);
      expect(await claimAt(0, 1, 11, key)).toEqual(claimed);
      expect(await claimAt(0, 1, 11)).toEqual(claimed);
    });

    witnessReleaseCases(bench);
  });
}
