import type { z } from 'zod';

/** The data of a node as this schema has it; undefined for what is something else. */
export function parseData<T>(schema: z.ZodType<T>, data: Buffer): T | undefined {
  try {
    return schema.parse(JSON.parse(data.toString('utf8')));
  } catch {
    return undefined;
  }
}
