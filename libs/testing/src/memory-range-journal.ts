import {
  systemScheduler,
  type JournalAnswer,
  type RangeJournal,
  type RangeState,
  type Scheduler,
} from '#core';
import type { MemorySegmentStore } from './memory-segment-store.js';
import { StoreFaults } from './store-faults.js';

const EVENTS_LAST = 10;

/** The journal's twin in memory, of the ranges that the segment store's twin gives. */
export class MemoryRangeJournal implements RangeJournal {
  readonly faults: StoreFaults;

  constructor(
    private readonly keys: MemorySegmentStore,
    scheduler: Scheduler = systemScheduler,
  ) {
    this.faults = new StoreFaults(scheduler);
  }

  find(key: string, id: bigint, timeoutMs: number): Promise<JournalAnswer> {
    return this.faults.around(timeoutMs, () => {
      const { ranges, events } = this.keys.tables;
      const has = (row: { key: string; start: bigint; end: bigint }) =>
        row.key === key && row.start <= id && id < row.end;
      return {
        ranges: ranges.filter(has).toReversed().map(withoutKey),
        events: events.filter(has).toReversed().map(withoutKey),
        recordedSinceMs: this.recordedSince(key),
        maxId: this.keys.tables.maxId(key),
      };
    });
  }

  settle(
    key: string,
    start: bigint,
    state: Exclude<RangeState, 'open'>,
    returnedFrom: bigint | undefined,
    timeoutMs: number,
  ): Promise<void> {
    return this.faults.around(timeoutMs, () => {
      const { holder, tables } = this.keys;
      const row = tables.ranges.findLast(
        (each) =>
          each.key === key &&
          each.start === start &&
          each.state === 'open' &&
          each.holder === holder,
      );
      if (row) Object.assign(row, { state, ...(returnedFrom !== undefined && { returnedFrom }) });
    });
  }

  prune(olderThanMs: number, limit: number, timeoutMs: number): Promise<number> {
    return this.faults.around(timeoutMs, () => {
      const { tables } = this.keys;
      const oldRanges = tables.ranges
        .filter(({ leasedAtMs }) => leasedAtMs < tables.nowMs - olderThanMs)
        .toSorted((a, b) => a.leasedAtMs - b.leasedAtMs)
        .slice(0, limit);
      const oldEvents = tables.events
        .filter(({ atMs }) => atMs < tables.nowMs - EVENTS_LAST * olderThanMs)
        .toSorted((a, b) => a.atMs - b.atMs)
        .slice(0, limit - oldRanges.length);
      tables.ranges = tables.ranges.filter((row) => !oldRanges.includes(row));
      tables.events = tables.events.filter((row) => !oldEvents.includes(row));
      for (const atMs of [
        ...oldRanges.map(({ leasedAtMs }) => leasedAtMs),
        ...oldEvents.map((each) => each.atMs),
      ]) {
        tables.prunedMs = Math.max(tables.prunedMs, atMs + 1);
      }
      return oldRanges.length + oldEvents.length;
    });
  }

  private recordedSince(key: string): number | undefined {
    const { tables } = this.keys;
    const { leases, journal } = tables.count(key);
    if (journal?.sinceMs === undefined || journal.leases !== leases) return undefined;
    if (journal.end !== tables.maxId(key)) return undefined;
    return Math.max(journal.sinceMs, tables.prunedMs);
  }
}

function withoutKey<T extends { key: string }>(row: T): Omit<T, 'key'> {
  const { key: _, ...rest } = row;
  return rest;
}
