import { randomUUID } from 'node:crypto';
import type { LeaseRecord, RangeLeaseStore, SegmentRange, SegmentStore } from '#core';

export interface RangeLeaseStoreFixture {
  /** As many nodes over one database. */
  nodes: { leases: RangeLeaseStore; segments: SegmentStore }[];
  /** What an operator would do with SQL of his own. */
  put(key: string, row: { maxId?: bigint; step?: number }): Promise<void>;
  remove(key: string): Promise<void>;
  maxId(key: string): Promise<bigint | undefined>;
  /** As if the lease had been given so long before. */
  makeOlder(leaseId: string, byMs: number): Promise<void>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;

/** The calls of the contract's cases, on node `of`. */
export class RangeLeaseBench {
  fixture!: RangeLeaseStoreFixture;

  node(of = 0) {
    return this.fixture.nodes[of % this.fixture.nodes.length]!;
  }

  /** Without the proof, which a repetition lacks. */
  async lease(
    key: string,
    size: number,
    requestId?: string,
    of = 0,
  ): Promise<Omit<LeaseRecord, 'proof'>> {
    const order = { key, size, requestId, leaseId: randomUUID(), needsConfirmation: false };
    const { proof: _, ...lease } = await this.node(of).leases.lease(order, TIMEOUT_MS);
    return lease;
  }

  /** Start and end of a lease without a request id. */
  async range(key: string, size: number, of = 0): Promise<[bigint, bigint]> {
    const { start, end } = await this.lease(key, size, undefined, of);
    return [start, end];
  }

  giveBack(
    { leaseId }: Pick<LeaseRecord, 'leaseId'>,
    from: bigint,
    key?: string,
    of = 0,
  ): Promise<number> {
    return this.node(of).leases.return({ leaseId, from, key }, TIMEOUT_MS);
  }

  prune(limit: number): Promise<number> {
    return this.node().leases.prune(limit, TIMEOUT_MS);
  }

  async allocate(key: string, size: number): Promise<SegmentRange> {
    const { start, end } = await this.node().segments.allocate(key, size, TIMEOUT_MS);
    return { start, end };
  }
}
