import {
  fromNotInLease,
  idempotencyConflict,
  keyNotFound,
  LEASE_RECORD_MS,
  leaseNotFound,
  leaseReturned,
  MAX_ID_LIMIT,
  noRangeLeft,
  type LeaseOrder,
  type LeaseRecord,
  type RangeLeaseStore,
  type ReturnOrder,
  type SegmentRange,
  systemScheduler,
  type Scheduler,
} from '#core';
import type { MemorySegmentStore } from './memory-segment-store.js';
import { StoreFaults } from './store-faults.js';

interface Lease extends LeaseRecord {
  requestId: string | undefined;
  createdMs: number;
  isReturned: boolean;
}

interface FreeRange extends SegmentRange {
  key: string;
}

/** The range lease store's twin in memory, on the counters of the segment store's twin. */
export class MemoryRangeLeaseStore implements RangeLeaseStore {
  readonly faults: StoreFaults;
  /** The store's own clock. */
  nowMs = Date.now();
  private readonly leases = new Map<string, Lease>();
  private free: FreeRange[] = [];

  constructor(
    private readonly keys: MemorySegmentStore,
    scheduler: Scheduler = systemScheduler,
  ) {
    this.faults = new StoreFaults(scheduler);
  }

  lease(order: LeaseOrder, timeoutMs: number): Promise<LeaseRecord> {
    return this.faults.around(timeoutMs, () => {
      const maxId = this.maxId(order.key);
      if (maxId === undefined) throw keyNotFound(order.key);
      const earlier = [...this.leases.values()].find(
        ({ key, requestId }) =>
          requestId !== undefined && key === order.key && requestId === order.requestId,
      );
      if (earlier) return replayed(earlier, order.size);
      const range = this.give(order.key, BigInt(order.size), maxId);
      const { leaseId, key, requestId } = order;
      const lease = { leaseId, key, ...range };
      const createdMs = this.nowMs;
      this.leases.set(leaseId, { ...lease, requestId, createdMs, isReturned: false });
      return lease;
    });
  }

  return(order: ReturnOrder, timeoutMs: number): Promise<number> {
    return this.faults.around(timeoutMs, () => {
      const lease = this.leases.get(order.leaseId);
      if (!lease || (order.key !== undefined && order.key !== lease.key)) throw leaseNotFound();
      const { key, start, end } = lease;
      const { from } = order;
      if (lease.isReturned) throw leaseReturned();
      if (from < start || from > end) throw fromNotInLease(start, end);
      lease.isReturned = true;
      const maxId = this.maxId(key);
      if (maxId === undefined || maxId < end) return 0;
      if (maxId === end) this.keys.setMaxId(key, from);
      else if (from < end) this.free.push({ key, start: from, end });
      return Number(end - from);
    });
  }

  prune(limit: number, timeoutMs: number): Promise<number> {
    return this.faults.around(timeoutMs, () => {
      const old = [...this.leases.values()]
        .filter(({ createdMs }) => createdMs < this.nowMs - LEASE_RECORD_MS)
        .toSorted((a, b) => a.createdMs - b.createdMs)
        .slice(0, limit);
      for (const { leaseId } of old) this.leases.delete(leaseId);
      return old.length;
    });
  }

  /** As if the lease had been given so long before. */
  makeOlder(leaseId: string, byMs: number): void {
    this.leases.get(leaseId)!.createdMs -= byMs;
  }

  private maxId(key: string): bigint | undefined {
    const maxId = this.keys.maxId(key);
    return maxId !== undefined && maxId < 1n ? 1n : maxId;
  }

  private give(key: string, size: bigint, maxId: bigint): SegmentRange {
    if (this.free.some((each) => each.key === key && each.end > maxId)) {
      this.free = this.free.filter((each) => each.key !== key);
    }
    const [found] = this.free
      .filter((each) => each.key === key && each.end - each.start >= size)
      .toSorted(
        (a, b) => Number(a.end - a.start - (b.end - b.start)) || (a.start < b.start ? -1 : 1),
      );
    if (!found) return this.advance(key, size, maxId);
    const end = found.start + size;
    this.free = this.free.filter((each) => each !== found);
    if (end < found.end) this.free.push({ key, start: end, end: found.end });
    return { start: found.start, end };
  }

  private advance(key: string, size: bigint, maxId: bigint): SegmentRange {
    const end = maxId + size;
    if (end > MAX_ID_LIMIT) throw noRangeLeft(key, Number(size));
    this.keys.setMaxId(key, end);
    return { start: maxId, end };
  }
}

function replayed(lease: Lease, size: number): LeaseRecord {
  const { leaseId, key, start, end } = lease;
  if (end - start !== BigInt(size)) throw idempotencyConflict(Number(end - start));
  if (lease.isReturned) throw leaseReturned();
  return { leaseId, key, start, end };
}
