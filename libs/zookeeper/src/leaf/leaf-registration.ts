import zookeeper from 'node-zookeeper-client';
import { assertClockTrusted, clockBackwards, storeUnavailable, workerIdsExhausted } from '#core';
import { timeOf, type NodeRead, type ZooKeeperNodes } from '../zookeeper-nodes.js';
import { leafData, leafTimestampMs, ZERO, type LeafNode } from './leaf-node.js';
import { quietMs, type LeafTree } from './leaf-tree.js';

/** Leaf's node of this address, which may be used. */
export interface LeafRegistration {
  node: LeafNode;
  /** What a Leaf process may have issued under this worker id; 0 where none has written the node since we did. */
  floorMs: number;
  /** ZooKeeper's clock, as of the same read. */
  storeMs: number;
}

export interface LeafRegistrationOptions {
  lastWorkerId: number;
  maxAheadMs: number;
}

const ATTEMPTS = 5;
/** A Leaf writes its node every 3 s. One that has not done so for this long is taken for dead. */
const SILENT_MS = 10_000;
/** For the way from a Leaf's look at its clock to ZooKeeper, and for clocks that do not run at quite one rate. */
const FLOOR_MARGIN_MS = 1_000;

interface Found {
  children: readonly LeafNode[];
  /** The first of this address: usually the only one. A Leaf whose answer was lost may have made several. */
  node: LeafNode;
  read: NodeRead | undefined;
  /** Of all nodes of this address. */
  reads: readonly (NodeRead | undefined)[];
  mark: NodeRead;
}

/** Finds this address among Leaf's nodes, by Leaf's rules, or adds it. */
export class LeafRegistrations {
  constructor(
    private readonly tree: LeafTree,
    private readonly options: LeafRegistrationOptions,
  ) {}

  /**
   * Adds a node only where there is none of this address, however often it is asked.
   * @throws `WORKER_IDS_EXHAUSTED` with what to do, `CLOCK_UNTRUSTED`, `CLOCK_BACKWARDS`
   */
  async register(
    nodes: ZooKeeperNodes,
    address: string,
    wallMs: number,
  ): Promise<LeafRegistration> {
    const { tree, options } = this;
    // The write in it makes the reads after it fresh.
    const storeMs = await tree.records.storeMs(nodes);
    assertClockTrusted(wallMs, storeMs, options.maxAheadMs);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      // oxlint-disable-next-line no-await-in-loop -- each round reads what the one before collided with
      const found = await this.find(nodes, address, wallMs);
      if (found) return this.examine(found, storeMs);
    }
    throw storeUnavailable(new Error(`${tree.forever} changes under the registration`));
  }

  /** Undefined where it was added just now, or somebody wrote in between. */
  private async find(
    nodes: ZooKeeperNodes,
    address: string,
    wallMs: number,
  ): Promise<Found | undefined> {
    const { tree } = this;
    // First: a node that is added after this look, and that the next one does not show, changes the mark.
    const mark = await tree.mark(nodes, address);
    const children = await tree.children(nodes);
    const own = children
      .filter((child) => child.address === address)
      .toSorted((a, b) => a.sequence - b.sequence);
    if (own.length === 0) return this.add(nodes, address, mark, wallMs);
    const reads = await Promise.all(own.map((each) => nodes.get(tree.pathOf(each))));
    // Nodes of ours write both in one, so what was read is of one moment.
    const { stat } = await tree.mark(nodes, address);
    if (stat.version !== mark.stat.version) return undefined;
    return { children, node: own[0]!, read: reads[0], reads, mark };
  }

  /** Node and mark in one: a lost answer, or another process of this address, does not make a second node. */
  private async add(
    nodes: ZooKeeperNodes,
    address: string,
    { stat }: NodeRead,
    wallMs: number,
  ): Promise<undefined> {
    const { tree } = this;
    const sequence = await tree.nextSequence(nodes);
    // Negative once the counter, of 32 bits, has overflowed.
    if (sequence < 0 || sequence > this.options.lastWorkerId) throw this.usedUp(sequence);
    const data = leafData(address, wallMs);
    await nodes.commit((all) =>
      all
        .setData(tree.markPath(address), data, stat.version)
        .create(`${tree.forever}/${address}-`, data, zookeeper.CreateMode.PERSISTENT_SEQUENTIAL),
    );
  }

  private examine({ children, node, read, reads, mark }: Found, storeMs: number): LeafRegistration {
    if (node.sequence > this.options.lastWorkerId) throw this.usedUp(node.sequence);
    const twin = children.find(
      ({ address, sequence }) =>
        sequence === node.sequence && address !== node.address && address !== ZERO.address,
    );
    if (twin) throw sharedNumber(this.tree.forever, node, twin);
    const isByLeaf = (each: NodeRead | undefined): each is NodeRead =>
      each !== undefined && !each.data.equals(mark.data);
    if (reads.filter(isByLeaf).some((each) => quietMs(each, storeMs) < SILENT_MS)) {
      throw leafIsAlive(node);
    }
    return { node, floorMs: isByLeaf(read) ? this.floorMs(read, storeMs) : 0, storeMs };
  }

  /** What the clock of a Leaf that wrote this node shows now: a dead one cannot have issued above it. */
  private floorMs(read: NodeRead, storeMs: number): number {
    const writtenMs = timeOf(read.stat.mtime);
    const timestampMs = leafTimestampMs(read.data) ?? writtenMs;
    const aheadMs = timestampMs - writtenMs;
    // Taken, it would lock the worker id until then.
    if (aheadMs > this.options.maxAheadMs) throw fromTheFuture(timestampMs, aheadMs);
    return timestampMs + quietMs(read, storeMs) + FLOOR_MARGIN_MS;
  }

  private usedUp(sequence: number) {
    const { lastWorkerId } = this.options;
    return workerIdsExhausted(
      `Leaf's worker ids are used up: the next number below ${this.tree.forever} is ${sequence}, the highest worker ` +
        `id is ${lastWorkerId}, and none is given twice. Give the nodes addresses that stay, or end the ` +
        'migration: the lease zookeeper gives ids back.',
    );
  }
}

const leafIsAlive = ({ address, sequence }: LeafNode) =>
  workerIdsExhausted(
    `Worker id ${sequence} is in use: a Leaf process has written the node of ${address} in the last ` +
      `${SILENT_MS / 1_000} s. Stop that Leaf, or give this node another address.`,
  );

const sharedNumber = (forever: string, node: LeafNode, twin: LeafNode) =>
  workerIdsExhausted(
    `${node.name} and ${twin.name} below ${forever} have one number, so worker id ${node.sequence} is not this ` +
      `node's alone: stop whatever uses one of the two and remove it.`,
  );

const fromTheFuture = (timestampMs: number, aheadMs: number) =>
  clockBackwards(
    `Leaf's node of this address says ${new Date(timestampMs).toISOString()}, ${aheadMs} ms after it was written: ` +
      'the clock of that Leaf was wrong. Correct the timestamp in it, or give this node another address.',
    1_000,
  );
