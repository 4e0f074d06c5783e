import type { WorkerTree } from '../worker-tree.js';
import { timeOf, type NodeRead, type ZooKeeperNodes } from '../zookeeper-nodes.js';
import { leafData, leafTimestampMs, parseLeafNode, ZERO, type LeafNode } from './leaf-node.js';

/** Where Leaf's nodes are, and ours beside them. */
export class LeafTree {
  readonly forever: string;
  private readonly marks: string;

  /** `records`: the tree of our own records, whose root has the marks too. */
  constructor(
    readonly records: WorkerTree,
    root: string,
    private readonly leafName: string,
  ) {
    this.forever = `/snowflake/${leafName}/forever`;
    this.marks = `${root}/marks`;
  }

  pathOf({ name }: LeafNode): string {
    return `${this.forever}/${name}`;
  }

  markPath(address: string): string {
    return `${this.marks}/${address}`;
  }

  /**
   * What our nodes last wrote into Leaf's node of this address. A registration names its version, so that our nodes
   * make one node for an address, whoever of them asks, and however often.
   */
  async mark(nodes: ZooKeeperNodes, address: string): Promise<NodeRead> {
    const path = this.markPath(address);
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- again only where somebody removes it at this very moment
      const read = await nodes.get(path);
      if (read) return read;
      // oxlint-disable-next-line no-await-in-loop
      await nodes.create(this.marks);
      // Written twice: the client takes the version 0 of a fresh node for "any version".
      // oxlint-disable-next-line no-await-in-loop
      await nodes.commit((all) => all.create(path).setData(path, Buffer.alloc(0)));
    }
  }

  async children(nodes: ZooKeeperNodes): Promise<LeafNode[]> {
    const names = (await nodes.children(this.forever)) ?? [];
    return names.map(parseLeafNode).filter((node) => node !== undefined);
  }

  /** All parents, before there is a first child. The sequence number that the next child gets. */
  async nextSequence(nodes: ZooKeeperNodes): Promise<number> {
    for (const path of ['/snowflake', `/snowflake/${this.leafName}`, this.forever]) {
      // oxlint-disable-next-line no-await-in-loop -- each below the one before
      await nodes.create(path);
    }
    const next = await this.created(nodes);
    if (next > 0) return next;
    await nodes.create(this.pathOf(ZERO), leafData(ZERO.address, 0));
    return this.created(nodes);
  }

  /** The highest timestamp in Leaf's nodes. `untilMs`: above it stands nothing but a clock that was wrong. */
  async highestTimestampMs(nodes: ZooKeeperNodes, untilMs: number): Promise<number> {
    const children = await this.children(nodes);
    const reads = await Promise.all(children.map((child) => nodes.get(this.pathOf(child))));
    const timestamps = reads.map((read) => (read && leafTimestampMs(read.data)) ?? 0);
    return timestamps.reduce((a, b) => (b > a && b <= untilMs ? b : a), 0);
  }

  /**
   * How many children were ever made: that is the number of the next sequential one. What ZooKeeper tells is how many
   * were made and removed, and how many there are.
   */
  private async created(nodes: ZooKeeperNodes): Promise<number> {
    const read = await nodes.get(this.forever);
    return read ? (read.stat.cversion + read.stat.numChildren) / 2 : 0;
  }
}

/** For how long nobody has written it, by ZooKeeper's own clock. */
export function quietMs({ stat }: NodeRead, storeMs: number): number {
  return Math.max(0, storeMs - timeOf(stat.mtime));
}
