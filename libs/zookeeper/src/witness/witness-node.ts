import { z } from 'zod';
import type { WitnessState } from '#core';
import { parseData } from '../json-data.js';

const id = z
  .string()
  .regex(/^\d{1,19}$/)
  .transform(BigInt);

/** The data of `witness/<key>`. Ids are strings, as JSON numbers lose bits. */
const witnessNodeSchema = z.object({
  /** Names the node's child that goes with the node, see `zookeeper-witness.ts`. */
  incarnation: z.uuid(),
  mark: id,
  epoch: id,
  /** Start, end and, of one that was skipped, since when by the clock of the store. */
  holes: z.array(z.tuple([id, id, z.int().nonnegative().nullable()])),
});

export interface WitnessNode {
  incarnation: string;
  state: WitnessState;
}

/** Undefined for what is none of ours. */
export function parseWitnessNode(data: Buffer): WitnessNode | undefined {
  const node = parseData(witnessNodeSchema, data);
  if (!node) return undefined;
  const { incarnation, mark, epoch } = node;
  const holes = node.holes.map(([start, end, sinceMs]) => ({
    start,
    end,
    sinceMs: sinceMs ?? undefined,
  }));
  const inOrder = holes.every(
    ({ start, end }, n) => start < end && end <= (holes[n + 1]?.start ?? mark),
  );
  return inOrder ? { incarnation, state: { mark, epoch, holes } } : undefined;
}

export function witnessNodeData({ incarnation, state }: WitnessNode): Buffer {
  const { mark, epoch, holes } = state;
  return Buffer.from(
    JSON.stringify({
      incarnation,
      mark: String(mark),
      epoch: String(epoch),
      holes: holes.map(({ start, end, sinceMs }) => [String(start), String(end), sinceMs ?? null]),
    }),
  );
}

/** Any key, 128 emoji included, becomes a name of at most 683 letters, digits, `-` and `_`. */
export function witnessNodeName(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64url');
}
