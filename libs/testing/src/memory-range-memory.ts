import type { KeyMemory, RangeMemory, SegmentRange, StoreProof } from '#core';

/** What a node has seen of its store, for as long as the test runs. */
export class MemoryRangeMemory implements RangeMemory {
  epoch = 0n;
  private readonly keys = new Map<string, KeyMemory>();

  of(key: string): KeyMemory | undefined {
    return this.keys.get(key);
  }

  async note(key: string, { end }: SegmentRange, proof: StoreProof | undefined): Promise<void> {
    const seen = this.keys.get(key) ?? { leases: 0n, mark: 1n };
    const leases = proof?.leases ?? 0n;
    this.keys.set(key, {
      leases: leases > seen.leases ? leases : seen.leases,
      mark: end > seen.mark ? end : seen.mark,
    });
    if (proof && proof.epoch > this.epoch) this.epoch = proof.epoch;
  }
}
