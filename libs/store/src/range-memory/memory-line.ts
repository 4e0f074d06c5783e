import { z } from 'zod';

/** What was seen of a key, as a line of JSON. */
export interface MemoryLine {
  store: string;
  key: string;
  leases: bigint;
  mark: bigint;
  epoch: bigint;
}

const digits = z.string().regex(/^\d{1,19}$/);
const schema = z.object({
  store: z.string(),
  key: z.string(),
  leases: digits,
  mark: digits,
  epoch: digits,
});

export function lineOf({ store, key, leases, mark, epoch }: MemoryLine): string {
  const [l, m, e] = [leases, mark, epoch].map(String);
  return JSON.stringify({ store, key, leases: l, mark: m, epoch: e });
}

/** Undefined for what a crash left unfinished, and for what no idun has written. */
export function parseLine(text: string): MemoryLine | undefined {
  if (text === '') return undefined;
  try {
    const { store, key, leases, mark, epoch } = schema.parse(JSON.parse(text));
    return { store, key, leases: BigInt(leases), mark: BigInt(mark), epoch: BigInt(epoch) };
  } catch {
    return undefined;
  }
}
