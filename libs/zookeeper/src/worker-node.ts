import { z } from 'zod';
import type { WorkerRecord } from '#core';
import { parseData } from './json-data.js';

const count = z.int().nonnegative();
/** Of a child: another one, such as `..`, would make every write of the record throw. */
const NODE_NAME = /^[\w-]+$/;

/** The data of `workers/<id>`. What is not needed by the protocol is for operators. */
const workerNodeSchema = z.object({
  instance: z.string(),
  owner: z.string().min(1),
  version: z.int().positive(),
  reservedUntilMs: count,
  lastTimestampMs: count,
  released: z.boolean(),
  /** Names the node's child that goes with the node, see `worker-record-calls.ts`. */
  incarnation: z.string().regex(NODE_NAME).optional(),
  /** Since when the holder has had it, by the clock of the store. */
  since: z.iso.datetime().optional(),
  address: z.string().optional(),
  zone: z.string().optional(),
  softwareVersion: z.string().optional(),
});

export type WorkerNode = z.infer<typeof workerNodeSchema>;

/** What an operator wants to see of a holder. */
export interface NodeDescription {
  address?: string | undefined;
  zone?: string | undefined;
  /** Of the software. */
  softwareVersion?: string | undefined;
}

/** Undefined for what is no record of ours. */
export function parseWorkerNode(data: Buffer): WorkerNode | undefined {
  return parseData(workerNodeSchema, data);
}

export function workerNodeData(
  record: WorkerRecord,
  extra: { incarnation: string; since: string },
  description: NodeDescription,
): Buffer {
  const { workerId: _inThePath, ...fields } = record;
  return Buffer.from(JSON.stringify({ ...fields, ...extra, ...description }));
}

export function descriptionOf({ address, zone, softwareVersion }: WorkerNode): NodeDescription {
  return { address, zone, softwareVersion };
}

export function recordOf(workerId: number, node: WorkerNode): WorkerRecord {
  const { instance, owner, version, reservedUntilMs, lastTimestampMs, released } = node;
  return { workerId, instance, owner, version, reservedUntilMs, lastTimestampMs, released };
}

/**
 * What stands for a record that cannot be read: held by somebody unknown. Its version equals none, itself included,
 * so nobody ever sees it unchanged, and no write expects it.
 */
export function unreadableRecord(workerId: number): WorkerRecord {
  return {
    workerId,
    instance: '',
    owner: '',
    version: Number.NaN,
    reservedUntilMs: 0,
    lastTimestampMs: 0,
    released: false,
  };
}
