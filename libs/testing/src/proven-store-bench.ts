import { randomUUID } from 'node:crypto';
import type {
  Allocation,
  ClosedLease,
  FreeRangeStore,
  JournalAnswer,
  LeaseRecord,
  RangeJournal,
  RangeLeaseStore,
  RewindableStore,
  SegmentRange,
  SegmentStore,
} from '#core';

export interface ProvenStoreNode {
  segments: SegmentStore & FreeRangeStore & RewindableStore;
  leases: RangeLeaseStore;
  journal: RangeJournal;
}

export interface ProvenStoreFixture {
  /** At least two, over one database, that keep a journal where the factory was told so. */
  nodes: ProvenStoreNode[];
  /** The name of each node in the journal. */
  holders: string[];
  /** A node over the same database that keeps none. */
  silent: ProvenStoreNode;
  /** Later by the store's clock. */
  tick(): Promise<void>;
  /** What an operator would do with SQL of his own. */
  put(key: string, row?: { maxId?: bigint; step?: number }): Promise<void>;
  maxId(key: string): Promise<bigint | undefined>;
  /** As a Leaf does it, which knows nothing of our tables. */
  leafTakes(key: string, size: number): Promise<void>;
  /** As if the server that answers were another one than that on record. */
  forgetServer(): Promise<void>;
  /** A backup of all tables. The result puts it back. */
  save(): Promise<() => Promise<void>>;
  /** As if all entries of the journal had been written so long before. */
  makeJournalOlder(byMs: number): Promise<void>;
  close(): Promise<void>;
}

export const TIMEOUT_MS = 20_000;

/** The calls of the contract's cases, on node `of`. */
export class ProvenStoreBench {
  fixture!: ProvenStoreFixture;

  node(of = 0): ProvenStoreNode {
    return this.fixture.nodes[of % this.fixture.nodes.length]!;
  }

  allocate(key: string, size: number, of = 0): Promise<Allocation> {
    return this.node(of).segments.allocate(key, size, TIMEOUT_MS);
  }

  /** Start and end. */
  async range(key: string, size: number, of = 0): Promise<[bigint, bigint]> {
    return pair(await this.allocate(key, size, of));
  }

  async free(key: string, floor: bigint, size: number, of = 0, least = 1) {
    const order = { floor, least, size };
    const range = await this.node(of).segments.takeFree(key, order, TIMEOUT_MS);
    return range && pair(range);
  }

  giveBack(key: string, range: SegmentRange, leases?: bigint, of = 0): Promise<number> {
    return this.node(of).segments.giveBack(key, range, leases, TIMEOUT_MS);
  }

  /** What is left of an allocation from `start` on, with its proof. */
  giveBackTail(key: string, { end, proof }: Allocation, start: bigint, of = 0): Promise<number> {
    return this.giveBack(key, { start, end }, proof!.leases, of);
  }

  heal(
    key: string,
    order: { to: bigint; seenLeases: bigint; marginSteps?: number },
    of = 0,
  ): Promise<{ maxId: bigint; healed: boolean }> {
    const how = { marginSteps: 0, holder: 'healer', reason: 'it went back', ...order };
    return this.node(of).segments.heal({ key, ...how }, TIMEOUT_MS);
  }

  acceptServer(marginSteps: number, seenEpoch = 0n, of = 0): Promise<boolean> {
    const order = { seenEpoch, marginSteps, holder: 'acceptor' };
    return this.node(of).segments.acceptServer(order, TIMEOUT_MS);
  }

  lease(
    key: string,
    size: number,
    { requestId, needsConfirmation = false, of = 0 }: LeaseWish = {},
  ): Promise<LeaseRecord> {
    const order = { key, size, requestId, leaseId: randomUUID(), needsConfirmation };
    return this.node(of).leases.lease(order, TIMEOUT_MS);
  }

  confirm({ leaseId }: LeaseRecord, of = 0, claim?: bigint): Promise<boolean> {
    return this.node(of).leases.confirm(leaseId, claim, TIMEOUT_MS);
  }

  void({ leaseId }: LeaseRecord, of = 0): Promise<boolean> {
    return this.node(of).leases.void(leaseId, TIMEOUT_MS);
  }

  close({ leaseId }: LeaseRecord, from: bigint, of = 0): Promise<ClosedLease> {
    return this.node(of).leases.close({ leaseId, from }, TIMEOUT_MS);
  }

  return({ leaseId }: LeaseRecord, from: bigint, of = 0): Promise<number> {
    return this.node(of).leases.return({ leaseId, from }, TIMEOUT_MS);
  }

  journal(key: string, id: bigint, of = 0): Promise<JournalAnswer> {
    return this.node(of).journal.find(key, id, TIMEOUT_MS);
  }
}

export interface LeaseWish {
  requestId?: string;
  needsConfirmation?: boolean;
  of?: number;
}

export function pair({ start, end }: SegmentRange): [bigint, bigint] {
  return [start, end];
}

/** Runs it on so many nodes at once. */
export function atOnce<T>(count: number, work: (of: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, of) => work(of)));
}
