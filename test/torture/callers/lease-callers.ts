import { createClient, type IdunClient } from 'idun-client';
import { callNumber, type CallName, type CallerOptions } from './caller-options.js';
import { codeOf } from './code-of.js';
import type { Ledger } from './ledger.js';
import { oneOf } from './one-of.js';
import type { Pace } from './pace.js';

const LEASES_PER_SECOND = 24;
const LARGEST_LEASE = 1_000_000;
/** One of so many leases is up to the largest, the others up to the small one. */
const LARGE_EVERY = 1_000;
const SMALL_LEASE = 2_000;
const LEASED_IDS_PER_SECOND = 40_000;
const LOOPS = 3;
const ROUNDS_PER_SECOND = 20;

/** Ranges handed out by the client: single leases that are given back in part, and segments that lease ahead. */
export function startLeaseCallers(
  { nacos, keys, load }: CallerOptions,
  ledger: Ledger,
  pace: Pace,
): () => Promise<void> {
  const tcp = createClient({ nacos, transport: 'tcp' });
  const http = createClient({ nacos });
  for (const client of [tcp, http]) {
    for (let loop = 0; loop < LOOPS; loop++) {
      pace.loop(LEASES_PER_SECOND / (2 * LOOPS), () => leaseOnce(client, ledger, oneOf(keys)));
    }
    const count = Math.round((LEASED_IDS_PER_SECOND * load) / (2 * ROUNDS_PER_SECOND));
    // A rate of its own, whatever the load is: that is in the count.
    pace.loop(ROUNDS_PER_SECOND / load, () => issueLeased(client, ledger, oneOf(keys), count));
  }
  return async () => {
    await Promise.all([tcp.close(), http.close()]);
  };
}

async function leaseOnce(client: IdunClient, ledger: Ledger, key: string): Promise<void> {
  const largest = Math.random() * LARGE_EVERY < 1 ? LARGEST_LEASE : SMALL_LEASE;
  const size = Math.ceil(Math.random() * largest);
  await counted(ledger, 'lease', async () => {
    const lease = await client.segment(key, SEGMENT).lease(size);
    // Some are used up, some not at all; what is given back must never have been handed out.
    const used = Math.min(size, Math.floor(Math.random() * 1.2 * size));
    record(ledger, 'lease', key, lease.start, used);
    if (used < size) await lease.giveBack(lease.start + BigInt(used));
  });
}

const SEGMENT = { as: 'number', targetSeconds: 3, minLeaseSize: 5_000 } as const;

/** Id by id, as a program would. */
async function issueLeased(
  client: IdunClient,
  ledger: Ledger,
  key: string,
  count: number,
): Promise<void> {
  const segment = client.segment(key, SEGMENT);
  await counted(ledger, 'leased segment', async () => {
    let first = await segment.next();
    let length = 1;
    for (let issued = 1; issued < count; issued++) {
      const id = segment.tryNext(0);
      if (id === 0) break;
      if (id === first + length) {
        length++;
        continue;
      }
      record(ledger, 'leased segment', key, BigInt(first), length);
      first = id;
      length = 1;
    }
    record(ledger, 'leased segment', key, BigInt(first), length);
  });
}

function record(ledger: Ledger, call: CallName, key: string, first: bigint, count: number): void {
  const origin = { connection: 0, node: 0, space: ledger.space(key), call: callNumber(call) };
  ledger.run(first, count, origin);
}

async function counted(ledger: Ledger, call: CallName, work: () => Promise<void>): Promise<void> {
  const beganMs = performance.now();
  try {
    await work();
  } catch (error) {
    ledger.failed(call, 0, codeOf(error), performance.now() - beganMs);
  }
}
