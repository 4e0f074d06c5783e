import type { SnowflakeGenerator } from '#core';
import { segmentGenerator, snowflakeGenerator } from './generators.js';

/** Ids a second for each way of getting them, one value a round. */
export type InProcessResult = Record<Way, number[]>;

export type Way = 'snowflakeBigints' | 'snowflakeStrings' | 'segmentStrings' | 'segmentOneByOne';

/** The most that one call of a client may ask for. */
const BATCH = 10_000;
const KEY = 'default';

/** Gives one batch of ids, ascending. */
type Source = () => Promise<readonly (bigint | string)[]>;

export async function measureInProcess(rounds: number, roundMs: number): Promise<InProcessResult> {
  const sources = sourcesOf(snowflakeGenerator());
  const result: InProcessResult = {
    snowflakeBigints: [],
    snowflakeStrings: [],
    segmentStrings: [],
    segmentOneByOne: [],
  };
  for (const source of Object.values(sources)) await timed(source, roundMs / 2);
  for (let round = 0; round < rounds; round++) {
    for (const way of Object.keys(sources) as Way[]) {
      result[way].push(await timed(sources[way], roundMs));
    }
  }
  return result;
}

function sourcesOf(snowflake: SnowflakeGenerator): Record<Way, Source> {
  const segment = segmentGenerator();
  const single = segmentGenerator();
  return {
    snowflakeBigints: () => snowflake.take(BATCH),
    snowflakeStrings: () => snowflake.getSnowflakeIds(KEY, BATCH),
    segmentStrings: () => segment.getSegmentIds(KEY, BATCH),
    async segmentOneByOne() {
      const ids: string[] = [];
      while (ids.length < BATCH) ids.push(await single.getSegmentId(KEY));
      return ids;
    },
  };
}

/** Keeps every id that it was given, and looks for duplicates once the time is taken. */
async function timed(next: Source, forMs: number): Promise<number> {
  const batches: (readonly (bigint | string)[])[] = [];
  const beginMs = performance.now();
  const endMs = beginMs + forMs;
  while (performance.now() < endMs) batches.push(await next());
  const seconds = (performance.now() - beginMs) / 1_000;
  assertAscending(batches);
  return (batches.length * BATCH) / seconds;
}

/** Ids that ascend strictly are distinct. */
function assertAscending(batches: readonly (readonly (bigint | string)[])[]): void {
  let last = -1n;
  for (const batch of batches) {
    for (const each of batch) {
      const id = BigInt(each);
      if (id <= last) throw new Error(`id ${id} came after ${last}`);
      last = id;
    }
  }
}
