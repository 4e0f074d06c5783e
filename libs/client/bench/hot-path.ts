/**
 * How fast ids are issued in process, against a bare counter of the same kind, interleaved in one run:
 *
 *   node libs/testing/run-typescript.mjs libs/client/bench/hot-path.ts [ROUNDS]
 */
import { systemClock } from '../src/clock.js';
import { BigintSegment } from '../src/segment/bigint-segment.js';
import type { LeaseSource } from '../src/segment/lease-source.port.js';
import { NumberSegment } from '../src/segment/number-segment.js';
import { StringSegment } from '../src/segment/string-segment.js';

const FIRST_ID = 1_000_000_000_000_000;
const IDS = 4_000_000;
const options = { minLeaseSize: 1_000_000, maxLeaseSize: 1_000_000 };

function leasesInMemory(): LeaseSource {
  let next = BigInt(FIRST_ID);
  return {
    async lease(key, size, requestId) {
      const start = next;
      next += BigInt(size);
      return { key, start, end: next, leaseId: requestId };
    },
    return: async () => 0,
  };
}

function ports() {
  let requests = 0;
  return {
    source: leasesInMemory(),
    clock: systemClock,
    random: Math.random,
    newRequestId: () => String(requests++),
    onFailure: (_operation: string, error: unknown) => {
      throw error;
    },
    onIssued: () => undefined,
  };
}

class NumberCounter {
  private following = FIRST_ID;
  next(): number {
    return this.following++;
  }
}

class BigintCounter {
  private readonly following = new BigUint64Array([BigInt(FIRST_ID)]);
  next(): bigint {
    const id = this.following[0] as bigint;
    this.following[0] = id + 1n;
    return id;
  }
}

class StringCounter {
  private following = FIRST_ID;
  next(): string {
    return String(this.following++);
  }
}

interface Contender {
  name: string;
  /** Issues up to `count` ids, as many as there are without waiting. Returns how many. */
  issue(count: number): number;
  /** Until there are more. */
  wait?(): Promise<unknown>;
}

const numbers = new NumberCounter();
const bigints = new BigintCounter();
const strings = new StringCounter();
const numberSegment = new NumberSegment('k', options, ports());
const bigintSegment = new BigintSegment('k', options, ports());
const stringSegment = new StringSegment('k', options, ports());

let checksum = 0;

/** A loop of its own for each, as an application has it: its call site sees one class only. */
const contenders: Contender[] = [
  {
    name: 'number bare',
    issue(count) {
      let last = 0;
      for (let i = 0; i < count; i++) last = numbers.next();
      checksum ^= last & 1;
      return count;
    },
  },
  {
    name: 'number leased',
    issue(count) {
      let last = 0;
      for (let i = 0; i < count; i++) {
        const id = numberSegment.tryNext();
        if (id === undefined) return i;
        last = id;
      }
      checksum ^= last & 1;
      return count;
    },
    wait: () => numberSegment.next(),
  },
  {
    name: 'bigint bare',
    issue(count) {
      let last = 0n;
      for (let i = 0; i < count; i++) last = bigints.next();
      checksum ^= Number(last & 1n);
      return count;
    },
  },
  {
    name: 'bigint leased',
    issue(count) {
      let last = 0n;
      for (let i = 0; i < count; i++) {
        const id = bigintSegment.tryNext();
        if (id === undefined) return i;
        last = id;
      }
      checksum ^= Number(last & 1n);
      return count;
    },
    wait: () => bigintSegment.next(),
  },
  {
    name: 'string bare',
    issue(count) {
      // A character is read of each, so that a string put together lazily is paid for.
      for (let i = 0; i < count; i++) checksum ^= strings.next().charCodeAt(15);
      return count;
    },
  },
  {
    name: 'string leased',
    issue(count) {
      for (let i = 0; i < count; i++) {
        const id = stringSegment.tryNext();
        if (id === undefined) return i;
        checksum ^= id.charCodeAt(15);
      }
      return count;
    },
    wait: () => stringSegment.next(),
  },
];

/** Ids a second, the waiting included. */
async function rateOf(contender: Contender): Promise<number> {
  const begin = performance.now();
  for (let left = IDS - contender.issue(IDS); left > 0; left -= contender.issue(left)) {
    // oxlint-disable-next-line no-await-in-loop -- one lease after the other
    await contender.wait?.();
  }
  return perSecond(begin);
}

function perSecond(beginMs: number): number {
  return (IDS / (performance.now() - beginMs)) * 1_000;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const rounds = Number(process.argv[3] ?? 9);
const rates = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
for (let round = 0; round <= rounds; round++) {
  for (const contender of contenders) {
    // oxlint-disable-next-line no-await-in-loop -- interleaved, never two at once
    const rate = await rateOf(contender);
    if (round > 0) rates.get(contender.name)?.push(rate);
  }
}
for (const kind of ['number', 'bigint', 'string']) {
  const bare = median(rates.get(`${kind} bare`) ?? []);
  const leased = median(rates.get(`${kind} leased`) ?? []);
  const millions = (rate: number) => `${(rate / 1e6).toFixed(0)} M/s`;
  process.stdout.write(
    `${kind}: bare ${millions(bare)}, leased ${millions(leased)}, ratio ${(leased / bare).toFixed(2)}\n`,
  );
}
process.stdout.write(`checksum ${checksum}\n`);
