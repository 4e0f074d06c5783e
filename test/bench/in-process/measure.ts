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

/**
 * Looks at each batch as it comes and keeps none: millions of ids kept would measure the garbage collector.
 * The look is within the time, as waiting for the next millisecond is.
 */
async function timed(next: Source, forMs: number): Promise<number> {
  const beginMs = performance.now();
  const endMs = beginMs + forMs;
  let count = 0;
  let last = 0n;
  while (performance.now() < endMs) {
    const batch = await next();
    last = assertAscending(batch, last);
    count += batch.length;
  }
  return count / ((performance.now() - beginMs) / 1_000);
}

/** Ids that ascend strictly are distinct. Gives the last one. */
function assertAscending(batch: readonly (bigint | string)[], before: bigint): bigint {
  let last = before;
  for (const each of batch) {
    const id = BigInt(each);
    if (id <= last) throw new Error(`${id} was given after ${last}`);
    last = id;
  }
  return last;
}
