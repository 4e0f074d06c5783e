import { z } from 'zod';
import type { AuditEntry, AuditRecord } from '#core';
import { parseData } from './json-data.js';
import type { WorkerTree } from './worker-tree.js';
import { timeOf, type ZooKeeperNodes } from './zookeeper-nodes.js';

const state = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** The data of a sequential node `audit/entry-…`; its time is that at which ZooKeeper made it. */
const auditNodeSchema = z.object({
  action: z.literal('worker.reset'),
  subject: z.string(),
  actor: z.string(),
  reason: z.string().optional(),
  before: state,
  after: state,
});

export function auditNodeData(entry: AuditEntry): Buffer {
  return Buffer.from(JSON.stringify(auditNodeSchema.parse(entry)));
}

/** The newest first; what is no entry of ours is left out. */
export async function listAudit(
  tree: WorkerTree,
  nodes: ZooKeeperNodes,
  limit: number,
): Promise<AuditRecord[]> {
  // The write makes the reads after it fresh.
  await tree.storeMs(nodes);
  const names = ((await nodes.children(tree.audit)) ?? []).toSorted().toReversed().slice(0, limit);
  const records = await Promise.all(names.map((name) => readEntry(nodes, `${tree.audit}/${name}`)));
  return records.filter((record) => record !== undefined);
}

async function readEntry(nodes: ZooKeeperNodes, path: string): Promise<AuditRecord | undefined> {
  const read = await nodes.get(path);
  if (!read) return undefined;
  const entry = parseData(auditNodeSchema, read.data);
  return entry && { ...entry, atMs: timeOf(read.stat.ctime) };
}
