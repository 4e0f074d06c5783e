import { createClient } from '#client';
import {
  bareBigints,
  bareNumbers,
  bareStrings,
  leasedBigints,
  leasedNumbers,
  leasedStrings,
  type Contender,
} from './contenders.js';
import { BigintCounter, NumberCounter, StringCounter } from './counters.js';

export const KINDS = ['number', 'bigint', 'string'] as const;
export type Kind = (typeof KINDS)[number];

/** Ids a second, one value a round. */
export type LeasedResult = Record<Kind, { bare: number[]; leased: number[] }>;

export interface LeasedJob {
  /** Of the server's TCP transport. */
  port: number;
  key: string;
  leaseSize: number;
  firstId: number;
  rounds: number;
}

/** So many ids are kept in each measurement. */
const IDS: Record<Kind, number> = { number: 20_000_000, bigint: 4_000_000, string: 4_000_000 };
/** Between two looks at the clock. */
const BURST = 32_768;
/** For so long the event loop is kept from everything else at the most, and the time of a burst. */
const YIELD_MS = 5;

export async function measureLeased(job: LeasedJob): Promise<LeasedResult> {
  const { leaseSize, firstId, key } = job;
  const client = createClient({
    servers: [`127.0.0.1:${job.port}`],
    transport: 'tcp',
    segment: { minLeaseSize: leaseSize, maxLeaseSize: leaseSize },
  });
  const kept = {
    number: new Float64Array(IDS.number),
    bigint: Array.from({ length: IDS.bigint }, () => 0n),
    string: Array.from({ length: IDS.string }, () => ''),
  };
  const contenders: Record<Kind, { bare: Contender; leased: Contender }> = {
    number: {
      bare: bareNumbers(new NumberCounter(firstId), kept.number),
      leased: leasedNumbers(client.segment(key, { as: 'number' }), kept.number),
    },
    bigint: {
      bare: bareBigints(new BigintCounter(firstId), kept.bigint),
      leased: leasedBigints(client.segment(key, { as: 'bigint' }), kept.bigint),
    },
    string: {
      bare: bareStrings(new StringCounter(firstId), kept.string),
      leased: leasedStrings(client.segment(key, { as: 'string' }), kept.string),
    },
  };
  const result: LeasedResult = {
    number: { bare: [], leased: [] },
    bigint: { bare: [], leased: [] },
    string: { bare: [], leased: [] },
  };
  // The first round is for the compilers.
  for (let round = 0; round <= job.rounds; round++) {
    for (const kind of KINDS) {
      for (const way of ['bare', 'leased'] as const) {
        const rate = await rateOf(contenders[kind][way]);
        if (round > 0) result[kind][way].push(rate);
      }
    }
  }
  for (const kind of KINDS) assertDistinct(contenders[kind].leased);
  await client.close();
  return result;
}

/** Waiting for leases and yielding is within the time. */
async function rateOf(contender: Contender): Promise<number> {
  const { length } = contender.kept;
  const beginMs = performance.now();
  let yieldedAtMs = beginMs;
  for (let at = 0; at < length;) {
    const to = Math.min(at + BURST, length);
    at = contender.fill(at, to);
    if (at < to) await contender.wait(at++);
    else if (performance.now() - yieldedAtMs > YIELD_MS) await nextTurn();
    else continue;
    yieldedAtMs = performance.now();
  }
  return length / ((performance.now() - beginMs) / 1_000);
}

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** Of the last round: within a lease ids ascend, and leases are disjoint where their first ids are. */
function assertDistinct({ kept }: Contender): void {
  const sorted = BigUint64Array.from(kept, (id) => BigInt(id)).toSorted();
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i] === sorted[i - 1]) throw new Error(`${sorted[i]} was issued twice`);
  }
}
