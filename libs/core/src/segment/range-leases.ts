import {
  assertKey,
  IdunError,
  type RangeLease,
  type RangeLeases as RangeLeasesContract,
  type ReturnedRange,
} from '#contracts';
import type { Clock, Scheduler } from '../clock.js';
import { keyNotFound, storeRewound, storeUnavailable } from '../errors.js';
import type { KeyGate } from '../keys/key-gate.js';
import { TimeLimit } from '../time-limit.js';
import type { RangeGuard } from '../witness/range-guard.js';
import { isAdmitted, type Admission, type Asked } from '../witness/verdict.js';
import type { LeaseRecord, RangeLeaseStore, ReturnOrder } from './range-lease-store.port.js';
import type { FreeRangeStore, SegmentStore } from './segment-store.port.js';

export interface RangeLeaseOptions {
  /** No lease is larger. */
  maxSize: number;
  /** How long a caller waits for the store. */
  deadlineMs: number;
}

export interface RangeLeaseDependencies {
  store: RangeLeaseStore;
  /** The counters that the leases are of. */
  keys: SegmentStore & FreeRangeStore;
  guard: RangeGuard;
  clock: Clock;
  scheduler: Scheduler;
  /** A name that was never used before. */
  newLeaseId: () => string;
  /** For the operator's log. */
  onPruneFailed: (error: unknown) => void;
  gate?: KeyGate | undefined;
}

/** After its first lease, and then after so many, a node has old records deleted: at most twice as many. */
const LEASES_PER_PRUNING = 50;
const PRUNED_AT_ONCE = 2 * LEASES_PER_PRUNING;

/** A range that may not be handed out is seldom followed by another one. */
const MAX_ATTEMPTS = 6;
const PATIENT_ATTEMPTS = 3;
const PAUSE_MS = 100;

/** What an HTTP header carries unchanged: over TCP too, or a repetition over the other transport would be another request. */
const REQUEST_ID = /^(?! )[\x20-\x7e]{1,255}(?<! )$/;
const ID = /^[1-9]\d{0,18}$/;

/**
 * Ranges that callers hand out by themselves, straight from the store: nothing is held in memory, so any node can answer
 * for what another one gave.
 */
export class RangeLeases implements RangeLeasesContract {
  private given = 0;

  constructor(
    private readonly options: RangeLeaseOptions,
    private readonly deps: RangeLeaseDependencies,
  ) {}

  async leaseRange(key: string, size: number, requestId?: string): Promise<RangeLease> {
    assertKey(key);
    this.assertSize(size);
    assertRequestId(requestId);
    // All its ids count: a limit that leases go round would be none.
    this.deps.gate?.admit(key, size);
    const lease = await this.lease(key, size, requestId);
    if (this.given++ % LEASES_PER_PRUNING === 0) void this.prune();
    return {
      key: lease.key,
      start: lease.start.toString(),
      end: lease.end.toString(),
      leaseId: lease.leaseId,
    };
  }

  /** `key`, where it is given, has to be that of the lease. */
  async returnRange(leaseId: string, from: string, key?: string): Promise<ReturnedRange> {
    if (key !== undefined) assertKey(key);
    assertReturn(leaseId, from);
    const order = { leaseId, from: BigInt(from), key };
    const { store, guard } = this.deps;
    const returned = guard.hasWitness
      ? await this.returnWitnessed(order)
      : await store.return(order, this.options.deadlineMs);
    return { returned };
  }

  /** A lease that may be handed out, and will be found again under its request id. */
  private async lease(
    key: string,
    size: number,
    requestId: string | undefined,
  ): Promise<LeaseRecord> {
    const { store, guard, newLeaseId } = this.deps;
    const limit = this.limit();
    await this.openKey(key, limit);
    let own: string | undefined;
    let isRewound = false;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const asked = guard.ask(key);
      const order = { key, size, requestId, leaseId: newLeaseId(), needsConfirmation: true };
      // oxlint-disable no-await-in-loop -- another one only where one may not be handed out
      const lease = await store.lease(order, limit.leftMs());
      if (lease.isConfirmed) return lease;
      if (lease.leaseId === order.leaseId) own = lease.leaseId;
      const isPatient = requestId !== undefined && guard.hasWitness && attempt <= PATIENT_ATTEMPTS;
      const isSole = lease.leaseId === own && !isPatient;
      const admission = await this.admit(lease, asked, isSole, limit);
      // One that was found has no proof with it, and only a claim can speak for it.
      const isCertain = lease.leaseId === order.leaseId || admission?.claim !== undefined;
      if (admission && isCertain) {
        if (await store.confirm(lease.leaseId, admission.claim, limit.leftMs())) return lease;
      } else if (!admission && isPatient) {
        // Whoever has claimed it for the same request is about to confirm it.
        await this.pause();
      } else {
        isRewound ||= isSole && !admission;
        await store.void(lease.leaseId, limit.leftMs());
      }
      // oxlint-enable no-await-in-loop
    }
    if (isRewound) throw storeRewound(key);
    throw storeUnavailable(new Error(`${MAX_ATTEMPTS} ranges in a row may not be handed out`));
  }

  /**
   * Undefined where it may not be handed out. `isSole`: nobody else can have claimed it in the meantime under its request
   * id, so if somebody has, the store has gone back.
   */
  private async admit(
    lease: LeaseRecord,
    asked: Asked,
    isSole: boolean,
    limit: TimeLimit,
  ): Promise<Admission | undefined> {
    const { guard } = this.deps;
    const given = { asked, floor: 0n, isFree: lease.isFromFree };
    const verdict = await guard.judge(lease.key, lease, given, limit.leftMs());
    if (isAdmitted(verdict)) return verdict;
    if (verdict !== 'drop' && isSole) {
      await guard.rewound(lease.key, lease, verdict, asked, limit.leftMs());
    }
    return undefined;
  }

  private async openKey(key: string, limit: TimeLimit): Promise<void> {
    const { keys, guard } = this.deps;
    if (!guard.needsOpening(key)) return;
    const record = await keys.find(key, limit.leftMs());
    if (!record) throw keyNotFound(key);
    await guard.open(key, record.maxId, limit.leftMs());
  }

  /** Nobody's between its three steps; each is taken once, so the ids are lost where one fails. */
  private async returnWitnessed(order: ReturnOrder): Promise<number> {
    const { store, keys, guard } = this.deps;
    const limit = this.limit();
    const { key, start, end, claim } = await store.close(order, limit.leftMs());
    const left = { start, end };
    if (start === end || !(await guard.release(key, left, claim, limit.leftMs()))) return 0;
    return keys.giveBack(key, left, undefined, limit.leftMs());
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => void this.deps.scheduler.after(PAUSE_MS, resolve));
  }

  private limit(): TimeLimit {
    return new TimeLimit(this.options.deadlineMs, this.deps.clock);
  }

  private assertSize(size: unknown): void {
    const { maxSize } = this.options;
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 1 || size > maxSize) {
      throw new IdunError('SIZE_INVALID', `size is a whole number from 1 to ${maxSize}.`);
    }
  }

  /** Off the caller's path; what fails now is due again later. */
  private async prune(): Promise<void> {
    try {
      await this.deps.store.prune(PRUNED_AT_ONCE, this.options.deadlineMs);
    } catch (error) {
      this.deps.onPruneFailed(error);
    }
  }
}

function assertRequestId(requestId: unknown): void {
  if (requestId === undefined) return;
  if (typeof requestId !== 'string' || !REQUEST_ID.test(requestId)) {
    throw new IdunError(
      'REQUEST_INVALID',
      'A request id (Idempotency-Key) is 1 to 255 printable ASCII characters, no blank at its ends.',
    );
  }
}

function assertReturn(leaseId: unknown, from: unknown): void {
  if (typeof leaseId !== 'string' || leaseId === '') {
    throw new IdunError('BODY_INVALID', 'leaseId is the string that came with the range.');
  }
  if (typeof from !== 'string' || !ID.test(from)) {
    throw new IdunError(
      'BODY_INVALID',
      'from is the first id that was not used, as a decimal string.',
    );
  }
}
