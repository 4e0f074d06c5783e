import { randomUUID } from 'node:crypto';
import zookeeper, { type Stat } from 'node-zookeeper-client';
import type { AuditedRecordSession, AuditEntry, WorkerRecord, WorkerSnapshot } from '#core';
import { auditNodeData } from './worker-audit.js';
import { descriptionOf, workerNodeData, type WorkerNode } from './worker-node.js';
import type { WorkerTree } from './worker-tree.js';
import type { ZooKeeperNodes } from './zookeeper-nodes.js';

/** Timestamps may be ahead of ZooKeeper's clock by what clocks differ. */
const WILD_MS = 10_000;
const SEQUENTIAL = zookeeper.CreateMode.PERSISTENT_SEQUENTIAL;

/** A record's node as it was read. */
interface Seen {
  node: WorkerNode;
  stat: Stat;
}

/**
 * The reads and writes of one call to the records.
 *
 * A write is conditional on ZooKeeper's version of the node that was read. That alone would not do: a node that was
 * deleted and created again counts from the beginning, and may come to the version that somebody read before. So each
 * node has a child with a random name, its incarnation, that stands in the data too, and a write needs that child: it
 * goes with its node, and a new node has another one.
 */
export class WorkerRecordCalls implements AuditedRecordSession {
  readonly knowsSessions = true;
  private readonly seen = new Map<number, Seen>();

  constructor(
    private readonly tree: WorkerTree,
    private readonly nodes: ZooKeeperNodes,
  ) {}

  async read(workerId?: number): Promise<WorkerSnapshot> {
    const { tree, nodes } = this;
    // The write is what makes the reads after it fresh: a server answers a session in order.
    const storeMs = await tree.storeMs(nodes);
    // What a wild clock wrote may have been reset by an operator since, which only a look at all of them shows.
    const isAll = workerId === undefined || tree.highestTimestampMs > storeMs + WILD_MS;
    const [ids, alive] = await Promise.all([
      isAll ? tree.workerIds(nodes) : [workerId],
      tree.aliveIds(nodes),
    ]);
    const records = await Promise.all(ids.map((id) => this.readOne(id)));
    const found = records.filter((record) => record !== undefined);
    if (isAll) tree.highestTimestampMs = 0;
    for (const record of found) tree.note(record);
    const orphans = found.filter(
      ({ workerId: id, released, owner }) => !released && owner !== '' && !alive.has(id),
    );
    return {
      storeMs,
      highestTimestampMs: tree.highestTimestampMs,
      records: found.filter((each) => workerId === undefined || each.workerId === workerId),
      orphans: new Set(orphans.map((record) => record.workerId)),
    };
  }

  async insert(record: WorkerRecord): Promise<boolean> {
    const { tree, nodes } = this;
    const path = tree.recordPath(record.workerId);
    const incarnation = randomUUID();
    const data = this.data(record, incarnation);
    // Written twice: the client takes the version 0 of a fresh node for "any version".
    const created = await nodes.commit((all) =>
      all.create(path, data).create(`${path}/${incarnation}`).setData(path, data),
    );
    if (created) await this.written(record, 1);
    return created;
  }

  async update(seen: WorkerRecord, next: WorkerRecord): Promise<boolean> {
    const last = this.takeSeen(seen);
    if (!last) return false;
    const sinceThen = next.owner === seen.owner ? last.node.since : undefined;
    const isWritten =
      (await this.overwrite(next, last, last.node.incarnation, sinceThen)) ||
      (await this.adopt(next, last, sinceThen));
    if (isWritten) await this.written(next, last.stat.version + 1);
    return isWritten;
  }

  async updateAudited(seen: WorkerRecord, next: WorkerRecord, entry: AuditEntry): Promise<boolean> {
    const { tree, nodes } = this;
    const last = this.takeSeen(seen);
    if (!last) return false;
    const { incarnation } = last.node;
    if (incarnation === undefined || last.stat.version === 0) {
      throw new Error(
        `${tree.recordPath(seen.workerId)} was put there by hand: set it right by hand`,
      );
    }
    await nodes.create(tree.audit);
    const since = tree.now();
    // Whose it was stays to be seen: the operator's machine is no holder.
    const data = workerNodeData(next, { incarnation, since }, descriptionOf(last.node));
    const path = tree.recordPath(next.workerId);
    const isWritten = await nodes.commit((all) =>
      all
        .check(`${path}/${incarnation}`)
        .setData(path, data, last.stat.version)
        .create(`${tree.audit}/entry-`, auditNodeData(entry), SEQUENTIAL),
    );
    if (isWritten) await this.written(next, last.stat.version + 1);
    return isWritten;
  }

  private async readOne(workerId: number): Promise<WorkerRecord | undefined> {
    const read = await this.nodes.get(this.tree.recordPath(workerId));
    const parsed = read && this.tree.parse(workerId, read);
    if (read && parsed?.node) this.seen.set(workerId, { node: parsed.node, stat: read.stat });
    else this.seen.delete(workerId);
    return parsed?.record;
  }

  /** The node that showed this record: for one write, as its version is another one then. */
  private takeSeen({ workerId, version, owner }: WorkerRecord): Seen | undefined {
    const last = this.seen.get(workerId);
    if (last?.node.version !== version || last.node.owner !== owner) return undefined;
    this.seen.delete(workerId);
    return last;
  }

  private async overwrite(
    next: WorkerRecord,
    { stat }: Seen,
    incarnation: string | undefined,
    since: string | undefined,
  ): Promise<boolean> {
    // The client takes the version 0 for "any version".
    if (incarnation === undefined || stat.version === 0) return false;
    const path = this.tree.recordPath(next.workerId);
    const data = this.data(next, incarnation, since);
    return this.nodes.commit((all) =>
      all.check(`${path}/${incarnation}`).setData(path, data, stat.version),
    );
  }

  /** A node that an operator has put there lacks the child that its data name. */
  private async adopt(
    next: WorkerRecord,
    { node, stat }: Seen,
    since: string | undefined,
  ): Promise<boolean> {
    const { nodes } = this;
    const path = this.tree.recordPath(next.workerId);
    const children = stat.version === 0 ? [] : ((await nodes.children(path)) ?? []);
    if (node.incarnation !== undefined && children.includes(node.incarnation)) return false;
    const incarnation = randomUUID();
    if (!(await nodes.create(`${path}/${incarnation}`))) return false;
    // Is it still the node that was read, then the child is that one's, and goes with it.
    const again = await nodes.get(path);
    if (!again?.stat.czxid.equals(stat.czxid)) return false;
    if (stat.version > 0) return this.overwrite(next, { node, stat }, incarnation, since);
    const written = await nodes.set(path, this.data(next, incarnation, since), 0);
    return written?.czxid.equals(stat.czxid) ?? false;
  }

  private data(record: WorkerRecord, incarnation: string, since?: string): Buffer {
    return workerNodeData(
      record,
      { incarnation, since: since ?? this.tree.now() },
      this.tree.description,
    );
  }

  private async written(record: WorkerRecord, nodeVersion: number): Promise<void> {
    const { alive } = this.tree;
    const { workerId, owner } = record;
    this.tree.note(record);
    if (record.released) await alive.release(workerId, nodeVersion);
    else await alive.hold(workerId, { owner, nodeVersion });
  }
}
