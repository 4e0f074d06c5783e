import type { WorkerRecord } from '#core';
import { AliveNodes } from './alive-nodes.js';
import { createPath, StoreClock } from './store-clock.js';
import {
  parseWorkerNode,
  recordOf,
  unreadableRecord,
  type NodeDescription,
  type WorkerNode,
} from './worker-node.js';
import type { NodeRead, ZooKeeperNodes } from './zookeeper-nodes.js';
import type { ZooKeeperLog, ZooKeeperSession } from './zookeeper-session.js';

export interface WorkerTreeOptions {
  /** An absolute path without a slash at its end. */
  root: string;
  log: ZooKeeperLog;
  description: NodeDescription;
}

const WORKER_ID = /^(0|[1-9]\d{0,14})$/;

/** Where the nodes are, and what all calls share. */
export class WorkerTree {
  readonly alive: AliveNodes;
  /** What operators changed, a sequential node each. */
  readonly audit: string;
  readonly description: NodeDescription;
  /** Over all records, as of the last time that all were read, and what was read and written since. */
  highestTimestampMs = 0;
  private readonly workers: string;
  private readonly clock: StoreClock;
  private lastStoreMs = 0;
  /** What the operator was told of: names and versions of nodes that cannot be read. */
  private readonly told = new Set<string>();

  constructor(
    session: ZooKeeperSession,
    private readonly options: WorkerTreeOptions,
  ) {
    const { root, description } = options;
    this.description = description;
    this.workers = `${root}/workers`;
    this.clock = new StoreClock(root);
    this.audit = `${root}/audit`;
    this.alive = new AliveNodes(session, `${root}/alive`, this.workers);
  }

  recordPath(workerId: number): string {
    return `${this.workers}/${workerId}`;
  }

  /** The time of the leader. */
  async storeMs(nodes: ZooKeeperNodes): Promise<number> {
    this.lastStoreMs = await this.clock.nowMs(nodes);
    return this.lastStoreMs;
  }

  /** The last time that was read from the store, for operators to read. */
  now(): string {
    return new Date(this.lastStoreMs).toISOString();
  }

  async workerIds(nodes: ZooKeeperNodes): Promise<number[]> {
    const names = await this.children(nodes, this.workers);
    return names.filter((name) => this.isWorkerId(name)).map(Number);
  }

  async aliveIds(nodes: ZooKeeperNodes): Promise<ReadonlySet<number>> {
    return new Set((await this.children(nodes, this.alive.path)).map(Number));
  }

  parse(
    workerId: number,
    { data, stat }: NodeRead,
  ): { record: WorkerRecord; node: WorkerNode | undefined } {
    const node = parseWorkerNode(data);
    if (node) return { record: recordOf(workerId, node), node };
    this.tell(this.recordPath(workerId), `no record of a worker id, version ${stat.version}`);
    return { record: unreadableRecord(workerId), node };
  }

  note({ lastTimestampMs }: WorkerRecord): void {
    this.highestTimestampMs = Math.max(this.highestTimestampMs, lastTimestampMs);
  }

  private async children(nodes: ZooKeeperNodes, parent: string): Promise<string[]> {
    const names = await nodes.children(parent);
    // Removed by somebody: without it no id could be registered, and no holder could show itself.
    if (!names) await this.createParents(nodes);
    return names ?? [];
  }

  private isWorkerId(name: string): boolean {
    const isOne = WORKER_ID.test(name);
    if (!isOne) this.tell(`${this.workers}/${name}`, 'no worker id');
    return isOne;
  }

  private async createParents(nodes: ZooKeeperNodes): Promise<void> {
    await createPath(nodes, this.workers);
    await nodes.create(this.alive.path);
  }

  private tell(path: string, what: string): void {
    const sentence = `${path}: ${what}`;
    if (this.told.has(sentence)) return;
    this.told.add(sentence);
    this.options.log.warn({ path, what }, 'A node in ZooKeeper cannot be read: it is left alone');
  }
}
