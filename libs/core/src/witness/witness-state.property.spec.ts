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

/** A witness that is asked again with the time where it needs it, as every adapter does. */
class Bench {
  state: WitnessState = newWitnessState(FIRST);
  nowMs = 0;

  claim(range: SegmentRange): Claim['verdict'] {
    return this.run((time) => claimRange(this.state, range, 0n, time)).verdict;
  }

  release(range: SegmentRange): void {
    this.run(() => releaseRange(this.state, range));
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

function expectInOrder({ mark, holes }: WitnessState): void {
  let last = -1n;
  for (const { start, end } of holes) {
    expect(start >= last && end > start && end <= mark).toBe(true);
    last = end;
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
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cover'), range: anyRange }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait'), ms: fc.integer({ min: -150, max: 150 }) }),
  },
);

it('never lets an id be claimed twice, whatever is claimed, released and covered', () => {
  let claims = 0;
  let refusals = 0;
  const property = fc.property(fc.array(anyStep, { maxLength: 60, size: 'max' }), (steps) => {
    const bench = new Bench();
    const taken = new Set<number>();
    const held: SegmentRange[] = [];
    for (const step of steps) {
      if ('ms' in step) bench.nowMs += step.ms;
      else if ('which' in step) {
        const [range] = held.splice(step.which % Math.max(1, held.length), 1);
        if (!range) continue;
        const start = range.start + (BigInt(step.from) % (range.end - range.start));
        for (const id of idsOf({ ...range, start })) taken.delete(id);
        bench.release({ ...range, start });
      } else if (step.kind === 'cover') {
        bench.cover(step.range);
        for (const id of idsOf(step.range)) taken.add(id);
        // Covered over what somebody holds: it cannot be given up alone any more.
        held.splice(0);
      } else if (bench.claim(step.range) === 'claimed') {
        claims++;
        expect(idsOf(step.range).filter((id) => taken.has(id))).toEqual([]);
        for (const id of idsOf(step.range)) taken.add(id);
        held.push(step.range);
      } else refusals++;
    }
  });
  fc.assert(property, { numRuns: 400 });
  expect(Math.min(claims, refusals)).toBeGreaterThan(100);
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
  readonly held: Given[] = [];
  readonly returned: Given[] = [];
  late = 0;

  constructor(private readonly bench: Bench) {}

  allocate(size: number): void {
    const { maxId: start, bench } = this;
    this.maxId += BigInt(size);
    const leases = ++this.leases;
    this.pending.push({ start, end: this.maxId, sentMs: bench.nowMs, leases });
  }

  takeFree(): void {
    const range = this.free.shift();
    if (range) this.pending.push({ ...range, sentMs: this.bench.nowMs, leases: ++this.leases });
  }

  /** Undefined without a range, and where its time is over: it is dropped. */
  claim(which: number): string | undefined {
    const [range] = this.pending.splice(which % Math.max(1, this.pending.length), 1);
    if (!range) return undefined;
    if (this.bench.nowMs - range.sentMs >= WINDOW_MS / 2) {
      this.late++;
      return undefined;
    }
    this.held.push(range);
    return this.bench.claim(range);
  }

  release(which: number, from: number): void {
    const [range] = this.held.splice(which % Math.max(1, this.held.length), 1);
    if (!range) return;
    const start = range.start + (BigInt(from) % (range.end - range.start));
    this.bench.release({ start, end: range.end });
    this.returned.push({ ...range, start });
  }

  /** Always after the release, at any time, or never. */
  giveBack(which: number): void {
    const [range] = this.returned.splice(which % Math.max(1, this.returned.length), 1);
    if (!range) return;
    if (this.maxId === range.end && this.leases === range.leases) this.maxId = range.start;
    else if (range.end <= this.maxId) this.free.push(range);
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
      else if (kind === 'free') store.takeFree();
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
