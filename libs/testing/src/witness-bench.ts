import { expect } from 'vitest';
import type { Claim, Witness } from '#core';

export interface WitnessFixture {
  /** Three nodes with the same witness. */
  nodes: readonly [Witness, Witness, Witness];
  /** Lets so much time pass for the witness. */
  elapse(ms: number): Promise<void>;
  /** As an operator who removes what is known of a key. */
  remove(key: string): Promise<void>;
  close(): Promise<void>;
}

export const TIMEOUT_MS = 20_000;

export const claimed: Claim = { verdict: 'claimed', claim: expect.any(BigInt) };
export const claimedBy = (claim: number): Claim => ({ verdict: 'claimed', claim: BigInt(claim) });
export const rewound = (mark: number | bigint): Claim => ({
  verdict: 'rewound',
  mark: BigInt(mark),
});
export const range = (start: number, end: number) => ({ start: BigInt(start), end: BigInt(end) });

/** The calls of the contract's cases, of key `k` where none is named. */
export class WitnessBench {
  constructor(private readonly current: () => WitnessFixture) {}

  claimAt = (node: number, start: number, end: number, key = 'k', epoch = 0n): Promise<Claim> =>
    this.node(node).claim(key, range(start, end), epoch, TIMEOUT_MS);

  open = (maxId: number, node = 0, key = 'k'): Promise<void> =>
    this.node(node).open(key, BigInt(maxId), TIMEOUT_MS);

  release = (start: number, end: number, node = 0, claim = 1): Promise<boolean> =>
    this.node(node).release('k', range(start, end), BigInt(claim), TIMEOUT_MS);

  cover = (start: number, end: number, node = 0): Promise<void> =>
    this.node(node).cover('k', range(start, end), TIMEOUT_MS);

  remove = (): Promise<void> => this.current().remove('k');

  private node(node: number): Witness {
    return this.current().nodes[node]!;
  }
}
