import {
  fromNotInLease,
  idempotencyConflict,
  keyNotFound,
  LEASE_RECORD_MS,
  leaseNotFound,
  leaseReturned,
  MAX_ID_LIMIT,
  noRangeLeft,
  type ClosedLease,
  type LeaseOrder,
  type LeaseRecord,
  type RangeLeaseStore,
  type RangeState,
  type ReturnOrder,
  type SegmentRange,
  systemScheduler,
  type Scheduler,
} from '#core';
import type { MemorySegmentStore } from './memory-segment-store.js';
import type { LeaseRow } from './memory-tables.js';
import { StoreFaults } from './store-faults.js';

/** The range lease store's twin in memory, on the counters of the segment store's twin. */
export class MemoryRangeLeaseStore implements RangeLeaseStore {
  readonly faults: StoreFaults;

  constructor(
    private readonly keys: MemorySegmentStore,
    scheduler: Scheduler = systemScheduler,
  ) {
    this.faults = new StoreFaults(scheduler);
  }

  /** The store's own clock. */
  get nowMs(): number {
    return this.keys.tables.nowMs;
  }

  set nowMs(nowMs: number) {
    this.keys.tables.nowMs = nowMs;
  }

  lease(order: LeaseOrder, timeoutMs: number): Promise<LeaseRecord> {
    return this.faults.around(timeoutMs, () => {
      const { leaseId, key, requestId, needsConfirmation } = order;
      const { tables } = this.keys;
      const maxId = tables.maxId(key);
      if (maxId === undefined) throw keyNotFound(key);
      const earlier = [...this.leases.values()].find(
        (each) => requestId !== undefined && each.key === key && each.requestId === requestId,
      );
      if (earlier) return replayed(earlier, order.size);
      const given = this.give(key, BigInt(order.size), maxId);
      const lease = { leaseId, key, ...given, isConfirmed: !needsConfirmation };
      this.leases.set(leaseId, { ...lease, requestId, createdMs: tables.nowMs, isReturned: false });
      const { holder } = this.keys;
      const how = { kind: 'lease', leaseId, maxIdBefore: maxId, holder } as const;
      const proof = tables.given(key, given, how);
      return { ...lease, proof };
    });
  }

  return(order: ReturnOrder, timeoutMs: number): Promise<number> {
    return this.faults.around(timeoutMs, () => {
      const { key, start, end } = this.end(order);
      const { tables } = this.keys;
      const maxId = tables.maxId(key);
      if (maxId === undefined || maxId < end) return 0;
      if (maxId === end) tables.setBack(key, end, start, this.keys.holder);
      else if (start < end && !tables.addFree(key, { start, end })) return 0;
      return Number(end - start);
    });
  }

  close(order: ReturnOrder, timeoutMs: number): Promise<ClosedLease> {
    return this.faults.around(timeoutMs, () => this.end(order));
  }

  confirm(leaseId: string, claim: bigint | undefined, timeoutMs: number): Promise<boolean> {
    return this.faults.around(timeoutMs, () => {
      const lease = this.leases.get(leaseId);
      if (!lease) return false;
      if (!lease.isConfirmed || lease.claim !== claim) {
        lease.claim = lease.isConfirmed ? undefined : claim;
      }
      lease.isConfirmed = true;
      return true;
    });
  }

  void(leaseId: string, timeoutMs: number): Promise<boolean> {
    return this.faults.around(timeoutMs, () => {
      if (this.leases.get(leaseId)?.isConfirmed !== false) return false;
      this.leases.delete(leaseId);
      this.settle(leaseId, 'superseded');
      return true;
    });
  }

  prune(limit: number, timeoutMs: number): Promise<number> {
    return this.faults.around(timeoutMs, () => {
      const old = [...this.leases.values()]
        .filter(({ createdMs }) => createdMs < this.keys.tables.nowMs - LEASE_RECORD_MS)
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

  private get leases(): Map<string, LeaseRow> {
    return this.keys.tables.leases;
  }

  private end({ leaseId, key, from }: ReturnOrder): ClosedLease {
    const lease = this.leases.get(leaseId);
    if (!lease?.isConfirmed || (key !== undefined && key !== lease.key)) throw leaseNotFound();
    if (lease.isReturned) throw leaseReturned();
    if (from < lease.start || from > lease.end) throw fromNotInLease(lease.start, lease.end);
    lease.isReturned = true;
    this.settle(leaseId, 'returned', from);
    return { key: lease.key, start: from, end: lease.end, claim: lease.claim };
  }

  private settle(leaseId: string, state: RangeState, returnedFrom?: bigint): void {
    const row = this.keys.tables.ranges.find((each) => each.leaseId === leaseId);
    if (row) Object.assign(row, { state, ...(returnedFrom !== undefined && { returnedFrom }) });
  }

  private give(key: string, size: bigint, maxId: bigint): SegmentRange & { isFromFree: boolean } {
    const { tables } = this.keys;
    const [found] = tables
      .freeOf(key)
      .filter(({ start, end }) => end - start >= size)
      .toSorted(
        (a, b) => Number(a.end - a.start - (b.end - b.start)) || (a.start < b.start ? -1 : 1),
      );
    if (found) return { ...tables.cutFree(key, found.start, size), isFromFree: true };
    const end = maxId + size;
    if (end > MAX_ID_LIMIT) throw noRangeLeft(key, Number(size));
    tables.rows.get(key)!.maxId = end;
    return { start: maxId, end, isFromFree: false };
  }
}

function replayed(lease: LeaseRow, size: number): LeaseRecord {
  const { leaseId, key, start, end, isConfirmed, isFromFree } = lease;
  if (end - start !== BigInt(size)) throw idempotencyConflict(Number(end - start));
  if (lease.isReturned) throw leaseReturned();
  return { leaseId, key, start, end, isConfirmed, isFromFree };
}
