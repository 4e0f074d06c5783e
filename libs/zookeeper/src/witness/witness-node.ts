import { z } from 'zod';
import type { SegmentRange, WitnessState } from '#core';
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
  claims: id,
  /** Start, end and, of one that was skipped, since when by the clock of the store. */
  holes: z.array(z.tuple([id, id, z.int().nonnegative().nullable()])),
  /** Start, end and claim. */
  taken: z.array(z.tuple([id, id, id])),
  releasableFrom: id,
});

export interface WitnessNode {
  incarnation: string;
  state: WitnessState;
}

/** Undefined for what is none of ours. */
export function parseWitnessNode(data: Buffer): WitnessNode | undefined {
  const node = parseData(witnessNodeSchema, data);
  if (!node) return undefined;
  const { incarnation, ...rest } = node;
  const holes = node.holes.map(([start, end, sinceMs]) => ({
    start,
    end,
    sinceMs: sinceMs ?? undefined,
  }));
  const taken = node.taken.map(([start, end, claim]) => ({ start, end, claim }));
  const areInOrder = inOrder(holes, node.mark) && inOrder(taken, node.mark);
  return areInOrder ? { incarnation, state: { ...rest, holes, taken } } : undefined;
}

function inOrder(ranges: readonly SegmentRange[], mark: bigint): boolean {
  return ranges.every(({ start, end }, n) => start < end && end <= (ranges[n + 1]?.start ?? mark));
}

export function witnessNodeData({ incarnation, state }: WitnessNode): Buffer {
  const { mark, epoch, claims, holes, taken, releasableFrom } = state;
  return Buffer.from(
    JSON.stringify({
      incarnation,
      mark: String(mark),
      epoch: String(epoch),
      claims: String(claims),
      holes: holes.map(({ start, end, sinceMs }) => [String(start), String(end), sinceMs ?? null]),
      taken: taken.map(({ start, end, claim }) => [String(start), String(end), String(claim)]),
      releasableFrom: String(releasableFrom),
    }),
  );
}

/** Any key, 128 emoji included, becomes a name of at most 683 letters, digits, `-` and `_`. */
export function witnessNodeName(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64url');
}
