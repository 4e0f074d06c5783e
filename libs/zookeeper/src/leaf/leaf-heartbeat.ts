import type { Clock, Scheduler } from '#core';
import { parseWorkerNode } from '../worker-node.js';
import type { ZooKeeperNodes } from '../zookeeper-nodes.js';
import type { ZooKeeperLog, ZooKeeperSession } from '../zookeeper-session.js';
import { leafData, leafTimestampMs, type LeafNode } from './leaf-node.js';
import type { LeafTree } from './leaf-tree.js';

/** What is held, by whom, and until when it is certain. */
export interface Beat {
  node: LeafNode;
  owner: string;
  /** The highest timestamp issued, as far as it is known. */
  issuedMs: number;
  /** On the monotonic clock: the end of the lease. */
  untilMs: number;
}

export interface LeafHeartbeatDependencies {
  session: ZooKeeperSession;
  tree: LeafTree;
  clock: Clock;
  scheduler: Scheduler;
  log: ZooKeeperLog;
}

/** Leaf's own. */
const PERIOD_MS = 3_000;
const TIMEOUT_MS = 5_000;

/**
 * Writes the time into Leaf's node while its worker id is held, as Leaf does, so that a Leaf that takes the address
 * over can check its clock. No id depends on it: what fails is left to the next beat.
 */
export class LeafHeartbeat {
  private beat: Beat | undefined;
  private cancel: (() => void) | undefined;
  /** The node was as we left it: whatever stands there instead is from somebody else. */
  private wrote = '';
  private isFailing = false;

  constructor(private readonly deps: LeafHeartbeatDependencies) {}

  /** Goes on with this one; the first is written at once. */
  keep(beat: Beat): void {
    const isFirst = this.beat === undefined;
    this.beat = beat;
    if (isFirst) this.next();
  }

  stop(): void {
    this.beat = undefined;
    this.wrote = '';
    this.cancel?.();
  }

  /** The last word of a holder that gives its id back. Never rejects. */
  async end(beat: Beat, timeoutMs: number): Promise<void> {
    this.stop();
    await this.write(beat, timeoutMs);
  }

  private next(): void {
    const { beat } = this;
    if (beat === undefined) return;
    if (this.deps.clock.monotonicMs() >= beat.untilMs) return this.stop();
    void this.write(beat, TIMEOUT_MS).then(() => {
      this.cancel?.();
      if (this.beat) this.cancel = this.deps.scheduler.after(PERIOD_MS, () => this.next());
    });
  }

  private async write(beat: Beat, timeoutMs: number): Promise<void> {
    const { session, log } = this.deps;
    try {
      await session.within(timeoutMs, async (nodes) => {
        // A renewal, or a beat that was given up, may come in between.
        for (let attempt = 0; attempt < 3; attempt++) {
          // oxlint-disable-next-line no-await-in-loop
          if (await this.writeOnce(nodes, beat)) return;
        }
      });
      this.isFailing = false;
    } catch (error) {
      // A node that stops gives up what is under way.
      if (!this.isFailing && this.beat !== undefined)
        log.warn({ err: error }, "Leaf's node could not be written: trying again");
      this.isFailing = true;
    }
  }

  /** Written only where the record of the worker id is still the holder's. False where something was in between. */
  private async writeOnce(nodes: ZooKeeperNodes, { node, owner, issuedMs }: Beat) {
    const { tree, clock } = this.deps;
    const path = tree.pathOf(node);
    const recordPath = tree.records.recordPath(node.sequence);
    const [record, mark, leaf] = await Promise.all([
      nodes.get(recordPath),
      tree.mark(nodes, node.address),
      nodes.get(path),
    ]);
    if (!record || parseWorkerNode(record.data)?.owner !== owner) return true;
    const isForeign = leaf !== undefined && !leaf.data.equals(mark.data);
    const lastMs = (leaf && leafTimestampMs(leaf.data)) ?? 0;
    const data = leafData(node.address, Math.max(clock.wallMs(), issuedMs, lastMs));
    const isWritten = await nodes.commit((all) => {
      all.check(recordPath, record.stat.version);
      all.setData(tree.markPath(node.address), data, mark.stat.version);
      // Somebody removed it. The same name, as the worker id stays the same.
      return leaf ? all.setData(path, data, leaf.stat.version) : all.create(path, data);
    });
    if (!isWritten) return false;
    if (isForeign && this.wrote === `${owner} ${path}`) this.warn(path);
    this.wrote = `${owner} ${path}`;
    return true;
  }

  private warn(path: string): void {
    this.deps.log.warn(
      { path },
      "Another process writes this node's entry of Leaf: a Leaf with this address would give the same ids, stop it",
    );
  }
}
