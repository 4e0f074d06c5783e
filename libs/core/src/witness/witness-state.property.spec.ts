import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { SegmentRange } from '../segment/segment-store.port.js';
import type { Claim } from './witness.port.js';
import {
  claimRange,
  coverRange,
  newWitnessState,
  releaseRange,
  type WitnessState,
  type WitnessTime,
} from './witness-state.js';

const WINDOW_MS = 100;
const FIRST = 1n;

interface Claimed extends SegmentRange {
  claim: bigint;
}

/** A witness that is asked again with the time where it needs it, as every adapter does. */
class Bench {
  state: WitnessState = newWitnessState(FIRST);
  nowMs = 0;

  claim(range: SegmentRange): Claim {
    return this.run((time) => claimRange(this.state, range, 0n, time));
  }

  release({ start, end, claim }: Claimed): boolean {
    return this.run(() => releaseRange(this.state, { start, end }, claim));
  }

  cover(range: SegmentRange): void {
    this.run((time) => coverRange(this.state, range, time));
  }

  private run<T>(step: (time?: WitnessTime) => { state: WitnessState; answer: T } | undefined): T {
    const done = step() ?? step({ nowMs: this.nowMs, windowMs: WINDOW_MS });
    const { state, answer } = done!;
    this.state = state;
    expectInOrder(state);
    return answer;
  }
}

function expectInOrder({ mark, holes, taken }: WitnessState): void {
  for (const ranges of [holes, taken]) {
    let last = -1n;
    for (const { start, end } of ranges) {
      expect(start >= last && end > start && end <= mark).toBe(true);
      last = end;
    }
  }
}

const idsOf = ({ start, end }: SegmentRange) =>
  Array.from({ length: Number(end - start) }, (_, n) => Number(start) + n);

const anyRange = fc
  .tuple(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 15 }))
  .map(([start, size]) => ({ start: BigInt(start), end: BigInt(start + size) }));

const anyStep = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('claim'), range: anyRange }) },
  {
    weight: 3,
    // Of what is held: which one, and how much of its end.
    arbitrary: fc.record({ kind: fc.constant('release'), which: fc.nat(), from: fc.nat() }),
  },
  // Of what was released: the store that went back has forgotten that.
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('again'), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cover'), range: anyRange }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait'), ms: fc.integer({ min: -150, max: 150 }) }),
  },
);

/** Nodes and clients that release what they have, some of them more than once. */
class Holders {
  readonly taken = new Set<number>();
  readonly covered = new Set<number>();
  readonly counts = { claims: 0, refusals: 0, releases: 0, denials: 0 };
  private readonly held: Claimed[] = [];
  private readonly spent: Claimed[] = [];

  constructor(private readonly bench: Bench) {}

  claim(range: SegmentRange): void {
    const claim = this.bench.claim(range);
    if (claim.verdict !== 'claimed') {
      this.counts.refusals++;
      return;
    }
    this.counts.claims++;
    expect(idsOf(range).filter((id) => this.taken.has(id))).toEqual([]);
    for (const id of idsOf(range)) this.taken.add(id);
    this.held.push({ ...range, claim: claim.claim });
  }

  release(which: number, from: number): void {
    const [range] = this.held.splice(which % Math.max(1, this.held.length), 1);
    if (!range) return;
    const tail = { ...range, start: range.start + (BigInt(from) % (range.end - range.start)) };
    const isReleased = this.bench.release(tail);
    expect(isReleased).toBe(!idsOf(tail).some((id) => this.covered.has(id)));
    if (isReleased) for (const id of idsOf(tail)) this.taken.delete(id);
    this.spent.push(tail);
  }

  /** Of ids that may be somebody else's by now: then none of them is opened. */
  releaseAgain(which: number): void {
    const range = this.spent[which % Math.max(1, this.spent.length)];
    if (!range) return;
    const isReleased = this.bench.release(range);
    if (isReleased) expect(idsOf(range).filter((id) => this.taken.has(id))).toEqual([]);
    this.counts[isReleased ? 'releases' : 'denials']++;
  }

  cover(range: SegmentRange): void {
    this.bench.cover(range);
    for (const id of idsOf(range)) {
      this.taken.add(id);
      this.covered.add(id);
    }
  }
}

it('never lets an id be claimed twice, whatever is claimed, released, also again, and covered', () => {
  const totals: Record<string, number> = {};
  const property = fc.property(fc.array(anyStep, { maxLength: 60, size: 'max' }), (steps) => {
    const bench = new Bench();
    const holders = new Holders(bench);
    for (const step of steps) {
      if ('ms' in step) bench.nowMs += step.ms;
      else if ('from' in step) holders.release(step.which, step.from);
      else if ('which' in step) holders.releaseAgain(step.which);
      else if (step.kind === 'cover') holders.cover(step.range);
      else holders.claim(step.range);
    }
    for (const [name, count] of Object.entries(holders.counts)) {
      totals[name] = (totals[name] ?? 0) + count;
    }
  });
  fc.assert(property, { numRuns: 400 });
  expect(Math.min(...Object.values(totals))).toBeGreaterThan(100);
});

interface Given extends SegmentRange {
  sentMs: number;
  leases: number;
}

/** A store that never goes back, with its counter, the tails that were returned to it, and its clients. */
class HealthyStore {
  private maxId = FIRST;
  private leases = 0;
  private free: SegmentRange[] = [];
  readonly pending: Given[] = [];
  readonly held: (Given & Claimed)[] = [];
  readonly returned: Given[] = [];
  late = 0;

  constructor(private readonly bench: Bench) {}

  allocate(size: number): void {
    const { maxId: start, bench } = this;
    this.maxId += BigInt(size);
    const leases = ++this.leases;
    this.pending.push({ start, end: this.maxId, sentMs: bench.nowMs, leases });
  }

  takeFree(size: number): void {
    const range = this.free.shift();
    if (!range) return;
    const { start, end } = range;
    const middle = start + BigInt(size) < end ? start + BigInt(size) : end;
    if (middle < end) this.free.push({ start: middle, end });
    this.pending.push({ start, end: middle, sentMs: this.bench.nowMs, leases: ++this.leases });
  }

  /** Undefined without a range, and where its time is over: it is dropped. */
  claim(which: number): string | undefined {
    const [range] = this.pending.splice(which % Math.max(1, this.pending.length), 1);
    if (!range) return undefined;
    if (this.bench.nowMs - range.sentMs >= WINDOW_MS / 2) {
      this.late++;
      return undefined;
    }
    const claim = this.bench.claim(range);
    if (claim.verdict === 'claimed') this.held.push({ ...range, claim: claim.claim });
    return claim.verdict;
  }

  release(which: number, from: number): void {
    const [range] = this.held.splice(which % Math.max(1, this.held.length), 1);
    if (!range) return;
    const start = range.start + (BigInt(from) % (range.end - range.start));
    expect(this.bench.release({ ...range, start })).toBe(true);
    this.returned.push({ ...range, start });
  }

  /** Always after the release, at any time, or never. */
  giveBack(which: number): void {
    const [range] = this.returned.splice(which % Math.max(1, this.returned.length), 1);
    if (!range) return;
    if (this.maxId === range.end && this.leases === range.leases) this.maxId = range.start;
    else if (range.end <= this.maxId) this.addFree(range);
  }

  /** Ranges that touch become one. */
  private addFree({ start, end }: SegmentRange): void {
    const below = this.free.find((each) => each.end === start);
    const above = this.free.find((each) => each.start === end);
    this.free = this.free.filter((each) => each !== below && each !== above);
    this.free.push({ start: below?.start ?? start, end: above?.end ?? end });
  }
}

const healthySteps = fc.array(
  fc.record({
    kind: fc.constantFrom(
      'allocate',
      'allocate',
      'claim',
      'claim',
      'free',
      'release',
      'back',
      'wait',
    ),
    n: fc.nat({ max: 40 }),
    m: fc.nat({ max: 40 }),
  }),
  { maxLength: 120, size: 'max' },
);

it('never refuses a healthy store, with returns and claims out of order', () => {
  let claims = 0;
  let late = 0;
  const property = fc.property(healthySteps, (steps) => {
    const bench = new Bench();
    const store = new HealthyStore(bench);
    for (const { kind, n, m } of steps) {
      if (kind === 'allocate') store.allocate(n + 1);
      else if (kind === 'free') store.takeFree(n + 1);
      else if (kind === 'release') store.release(n, m);
      else if (kind === 'back') store.giveBack(n);
      else if (kind === 'wait') bench.nowMs += n;
      else {
        const verdict = store.claim(n);
        expect([undefined, 'claimed']).toContain(verdict);
        if (verdict) claims++;
      }
    }
    late += store.late;
  });
  fc.assert(property, { numRuns: 400 });
  expect(Math.min(claims, late)).toBeGreaterThan(100);
});
