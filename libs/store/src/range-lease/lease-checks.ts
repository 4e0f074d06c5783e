import {
  fromNotInLease,
  idempotencyConflict,
  leaseNotFound,
  leaseReturned,
  type LeaseRecord,
  type ReturnOrder,
} from '#core';
import type { LeaseRow } from './lease-rows.js';

/** What may be the name of a lease at all. */
export const LEASE_ID = /^[\x21-\x7e]{1,36}$/;

/** Nobody was told the name of a lease that is not confirmed. */
export function assertReturnable(
  lease: LeaseRow | undefined,
  { from, key }: ReturnOrder,
): asserts lease is LeaseRow {
  if (!lease?.isConfirmed || (key !== undefined && key !== lease.key)) throw leaseNotFound();
  if (lease.isReturned) throw leaseReturned();
  if (from < lease.start || from > lease.end) throw fromNotInLease(lease.start, lease.end);
}

/** The answer to a repeated order, which is that to the first one. */
export function replayed(lease: LeaseRow, size: number): LeaseRecord {
  if (lease.end - lease.start !== BigInt(size)) {
    throw idempotencyConflict(Number(lease.end - lease.start));
  }
  if (lease.isReturned) throw leaseReturned();
  const { leaseId, key, start, end, isConfirmed, isFromFree } = lease;
  return { leaseId, key, start, end, isConfirmed, isFromFree };
}
