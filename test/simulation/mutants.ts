import type { Property } from './checker.js';
import type { SourceEdit } from './compile.js';

export interface Mutant extends SourceEdit {
  name: string;
  /** The property that it breaks, as the checker names it. */
  breaks: Property;
}

const REGISTRY = 'libs/core/src/worker-lease/worker-registry.ts';
const LEASE = 'libs/core/src/worker-lease/worker-lease.ts';
const GENERATOR = 'libs/core/src/snowflake/snowflake-generator.ts';
const CLOCK = 'libs/core/src/snowflake/logical-clock.ts';
const STORE = 'libs/testing/src/memory-worker-records.ts';

/** The code broken on purpose, one place each. The simulation has to find every one. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no reservation: a renewal does not write it',
    breaks: 'unique',
    file: REGISTRY,
    find: 'if (!(await records.update(record, renewed))) return undefined;',
    replace:
      'if (!(await records.update(record, { ...renewed, reservedUntilMs: record.reservedUntilMs }))) return undefined;',
  },
  {
    name: 'unconditional write: the store ignores version and owner',
    breaks: 'unique',
    file: STORE,
    find: 'if (row?.version !== seen.version || row.owner !== seen.owner) return false;',
    replace: '',
  },
  {
    name: 'no version bump by a renewal',
    breaks: 'unique',
    file: REGISTRY,
    find: 'must not repeat a version.\n      version: Math.max(record.version, grant.version) + 1,',
    replace: 'must not repeat a version.\n      version: Math.max(record.version, grant.version),',
  },
  {
    name: 'deadline from the reply instead of the request',
    breaks: 'clean end',
    file: LEASE,
    find: 'this.confirmed(renewed, sentAt,',
    replace: 'this.confirmed(renewed, this.now(),',
  },
  {
    name: 'the floor is not honoured',
    breaks: 'unique',
    file: GENERATOR,
    find: 'if (nowMs <= held.floorMs || nowMs > held.reservedUntilMs) return false;',
    replace: 'if (nowMs > held.reservedUntilMs) return false;',
  },
  {
    name: 'the reservation is not looked at',
    breaks: 'reserved',
    file: GENERATOR,
    find: 'if (nowMs <= held.floorMs || nowMs > held.reservedUntilMs) return false;',
    replace: 'if (nowMs <= held.floorMs) return false;',
  },
  {
    name: 'a taker starts from its own reservation, not from the record',
    breaks: 'unique',
    file: REGISTRY,
    find: 'const floorMs = candidate.record?.reservedUntilMs ?? 0;',
    replace: 'const floorMs = candidate.record?.lastTimestampMs ?? 0;',
  },
  {
    name: 'a release goes below the floor',
    breaks: 'covered',
    file: REGISTRY,
    find: 'reservedUntilMs: Math.max(last, grant.floorMs),',
    replace: 'reservedUntilMs: last,',
  },
  {
    name: 'a release records no timestamp',
    breaks: 'unique',
    file: LEASE,
    find: 'this.deps.store.release(grant, this.lastIssuedMs,',
    replace: 'this.deps.store.release(grant, 0,',
  },
  {
    name: 'a renewal ignores the owner',
    breaks: 'unique',
    file: REGISTRY,
    find: 'return record.owner === grant.owner && !record.released;',
    replace: 'return !record.released;',
  },
  {
    name: 'the deadline is not looked at on the wall clock',
    breaks: 'clean end',
    file: LEASE,
    find: 'if (wallMs < this.deadline.wallMs && monotonicMs < this.deadline.monotonicMs) {',
    replace: 'if (wallMs > 0 && monotonicMs < this.deadline.monotonicMs) {',
  },
  {
    name: 'the deadline is not looked at on the monotonic clock',
    breaks: 'clean end',
    file: LEASE,
    find: 'if (wallMs < this.deadline.wallMs && monotonicMs < this.deadline.monotonicMs) {',
    replace: 'if (wallMs < this.deadline.wallMs && monotonicMs > 0) {',
  },
  {
    name: 'time goes back with the wall clock',
    breaks: 'unique',
    file: CLOCK,
    find: 'if (wallMs < this.usedMs) return this.rideOut(wallMs);',
    replace: '',
  },
  {
    name: 'a lost id is never given up',
    breaks: 'recovery',
    file: LEASE,
    find: "if (codeOf(error) === 'WORKER_LEASE_LOST') this.drop();",
    replace: '',
  },
  {
    name: 'a dead lease is never taken over',
    breaks: 'recovery',
    file: REGISTRY,
    find: 'this.unchanged.isDead(record, askedAtMs) || this.orphaned.isDead(record, askedAtMs);',
    replace: 'this.orphaned.isDead(record, askedAtMs) && false;',
  },
];
