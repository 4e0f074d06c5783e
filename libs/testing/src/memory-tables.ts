import {
  LEASES_OF_A_HEAL,
  MAX_ID_LIMIT,
  overlap,
  type JournalEvent,
  type JournalRange,
  type LeaseRecord,
  type SegmentRange,
  type StoreProof,
} from '#core';

export interface KeyRow {
  maxId: bigint;
  step: number;
  description: string | undefined;
}

interface CountRow {
  leases: bigint;
  largest: bigint;
  /** Where the journal left the count and the counter, and since when it has no gap. */
  journal?: { leases: bigint; end: bigint; sinceMs: number | undefined };
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };
export type JournalRow = Mutable<JournalRange> & { key: string };
export type LeaseRow = Mutable<Omit<LeaseRecord, 'proof'>> & {
  requestId: string | undefined;
  createdMs: number;
  isReturned: boolean;
  claim?: bigint | undefined;
};
export type EventRow = JournalEvent & { key: string };

interface Given {
  kind: JournalRange['kind'];
  leaseId?: string;
  maxIdBefore: bigint;
  /** Undefined: the range is not recorded. */
  holder: string | undefined;
}

/** What a database holds, in memory. Several nodes may share it. Other servers, and other times, can be put in its place. */
export class MemoryTables {
  /** The server that answers. */
  server = 'memory';
  /** The store's own clock. */
  nowMs = Date.now();
  rows = new Map<string, KeyRow>();
  onRecord = { identity: 'memory', epoch: 1n };
  counts = new Map<string, CountRow>();
  leases = new Map<string, LeaseRow>();
  free: (SegmentRange & { key: string })[] = [];
  ranges: JournalRow[] = [];
  events: EventRow[] = [];
  prunedMs = 0;

  /** Remembers all that it holds. The result brings it back. */
  save(): () => void {
    const { rows, onRecord, counts, leases, free, ranges, events, prunedMs } = this;
    const all = { rows, onRecord, counts, leases, free, ranges, events, prunedMs };
    const saved = structuredClone(all);
    return () => void Object.assign(this, structuredClone(saved));
  }

  /** At least 1. */
  maxId(key: string): bigint | undefined {
    const maxId = this.rows.get(key)?.maxId;
    return maxId !== undefined && maxId < 1n ? 1n : maxId;
  }

  count(key: string): CountRow {
    return this.counts.get(key) ?? { leases: 0n, largest: 0n };
  }

  /** Once max_id is where the range leaves it: counts the range, and records it where that is wanted. */
  given(key: string, { start, end }: SegmentRange, how: Given): StoreProof {
    const count = this.count(key);
    const size = end - start;
    count.leases++;
    if (size > count.largest) count.largest = size;
    this.counts.set(key, count);
    const { kind, leaseId, holder } = how;
    if (holder !== undefined) {
      const { leases, journal } = count;
      const isNext = journal?.leases === leases - 1n && journal.end === how.maxIdBefore;
      const sinceMs = (isNext ? journal.sinceMs : undefined) ?? this.nowMs;
      count.journal = { leases, end: this.maxId(key)!, sinceMs };
      const row = { key, kind, start, end, holder, leasedAtMs: this.nowMs } as const;
      this.ranges.push({ ...row, state: 'open', ...(leaseId !== undefined && { leaseId }) });
    }
    const isKnownServer = this.server === this.onRecord.identity;
    return { leases: count.leases, epoch: this.onRecord.epoch, isKnownServer };
  }

  /** Sets max_id back for a range that is given up. */
  setBack(key: string, from: bigint, to: bigint, holder: string | undefined): void {
    this.rows.get(key)!.maxId = to;
    const { journal } = this.count(key);
    if (holder !== undefined && journal?.end === from) journal.end = to;
  }

  event(event: EventRow): void {
    const { journal } = this.count(event.key);
    if (journal) journal.sinceMs = undefined;
    this.events.push(event);
  }

  dropFree(key: string): void {
    this.free = this.free.filter((each) => each.key !== key);
  }

  /** Ranges that touch become one. False, and all of the key dropped, where some ids are free already. */
  addFree(key: string, range: SegmentRange): boolean {
    const { start, end } = range;
    const others = this.free.filter((each) => each.key === key);
    if (others.some((each) => overlap(each, range))) {
      this.dropFree(key);
      return false;
    }
    const below = others.find((each) => each.end === start);
    const above = others.find((each) => each.start === end);
    this.free = this.free.filter((each) => each !== below && each !== above);
    this.free.push({ key, start: below?.start ?? start, end: above?.end ?? end });
    return true;
  }

  /** Takes this out of a free range that begins with it. */
  cutFree(key: string, start: bigint, size: bigint): SegmentRange {
    const found = this.free.find((each) => each.key === key && each.start === start)!;
    const end = start + size;
    this.free = this.free.filter((each) => each !== found);
    if (end < found.end) this.free.push({ key, start: end, end: found.end });
    return { start, end };
  }

  /** Drops all of the key where one lies beyond `max_id`: the counter was set back, and will give these ids. */
  freeOf(key: string): SegmentRange[] {
    const maxId = this.maxId(key) ?? 0n;
    if (this.free.some((each) => each.key === key && each.end > maxId)) this.dropFree(key);
    return this.free.filter((each) => each.key === key);
  }

  /** Moves a key beyond `to` by so many steps. */
  advance(key: string, to: bigint, steps: number): SegmentRange {
    const row = this.rows.get(key)!;
    const start = this.maxId(key)!;
    const { largest } = this.count(key);
    const step = BigInt(Math.max(1, row.step));
    const end = (to > start ? to : start) + BigInt(steps) * (largest > step ? largest : step);
    row.maxId = end > MAX_ID_LIMIT ? MAX_ID_LIMIT : end;
    return { start, end: row.maxId };
  }

  raiseLeases(key: string, seen: bigint): void {
    const count = this.count(key);
    count.leases = (seen > count.leases ? seen : count.leases) + LEASES_OF_A_HEAL;
    this.counts.set(key, count);
  }
}
