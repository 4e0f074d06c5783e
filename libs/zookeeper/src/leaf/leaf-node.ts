import { z } from 'zod';
import { parseData } from '../json-data.js';

/** A child of Leaf's `forever`: `<ip>:<port>-<sequence number>`. Leaf's worker id is the sequence number. */
export interface LeafNode {
  name: string;
  address: string;
  sequence: number;
}

const NAME = /^(.+[^-])-(\d{10})$/;

/** Undefined for what Leaf did not name. */
export function parseLeafNode(name: string): LeafNode | undefined {
  const [, address, digits] = NAME.exec(name) ?? [];
  if (address === undefined) return undefined;
  return { name, address, sequence: Number(digits) };
}

/**
 * Stands in the place of sequence number 0. A Leaf that finds no root at its start takes the worker id 0, whatever
 * number its node gets: so no node of ours may have it.
 */
export const ZERO: LeafNode = { name: 'idun:0-0000000000', address: 'idun:0', sequence: 0 };

const dataSchema = z.object({ timestamp: z.int().nonnegative() });

/** As Leaf writes it, field by field; it fails on a field that it does not know. */
export function leafData(address: string, timestampMs: number): Buffer {
  const colon = address.lastIndexOf(':');
  const ip = address.slice(0, colon);
  const port = address.slice(colon + 1);
  return Buffer.from(JSON.stringify({ ip, port, timestamp: timestampMs }));
}

/** When its holder last wrote it, by the holder's own clock; undefined where the data is not Leaf's. */
export function leafTimestampMs(data: Buffer): number | undefined {
  return parseData(dataSchema, data)?.timestamp;
}

/** Leaf's property `leaf.name`: one name in a path. */
export function isLeafName(name: string): boolean {
  return /^[\w-][\w.-]{0,127}$/.test(name);
}

/** Leaf cuts the name of a node at its first dash, and every Leaf reads every node. */
export function isLeafHost(host: string): boolean {
  return !host.includes('-');
}
