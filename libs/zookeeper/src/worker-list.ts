import type { WorkerEntry, WorkerList } from '#core';
import type { WorkerTree } from './worker-tree.js';
import { timeOf, type ZooKeeperNodes } from './zookeeper-nodes.js';

/** All records that can be read, for operators; of the others the log tells. */
export async function listWorkers(tree: WorkerTree, nodes: ZooKeeperNodes): Promise<WorkerList> {
  const storeMs = await tree.storeMs(nodes);
  const ids = await tree.workerIds(nodes);
  const entries = await Promise.all(ids.map((workerId) => entryOf(tree, nodes, workerId)));
  const workers = entries
    .filter((entry) => entry !== undefined)
    .toSorted((a, b) => a.workerId - b.workerId);
  return { storeMs, workers };
}

async function entryOf(
  tree: WorkerTree,
  nodes: ZooKeeperNodes,
  workerId: number,
): Promise<WorkerEntry | undefined> {
  const read = await nodes.get(tree.recordPath(workerId));
  if (!read) return undefined;
  const { record, node } = tree.parse(workerId, read);
  if (!node) return undefined;
  const { ctime, mtime } = read.stat;
  const { address, zone, softwareVersion } = node;
  return {
    ...record,
    address,
    zone,
    softwareVersion,
    registeredAtMs: node.since === undefined ? timeOf(ctime) : Date.parse(node.since),
    renewedAtMs: timeOf(mtime),
  };
}
