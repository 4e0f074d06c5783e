import type { WorkerRecord } from './worker-record-store.port.js';

export interface CandidateQuery {
  records: readonly WorkerRecord[];
  firstWorkerId: number;
  lastWorkerId: number;
  instance: string;
  owner: string;
  isDead: (record: WorkerRecord) => boolean;
  /** The caller's wall clock. */
  wallMs: number;
  /** A reservation further ahead than that was made by a clock that ran wild. */
  maxAheadMs: number;
}

/** An id that may be taken: with its record, or without one if it was never registered. */
export interface Candidate {
  workerId: number;
  record: WorkerRecord | undefined;
}

/**
 * The ids that may be taken, best first: the record of this very owner (its registration had an unknown outcome), what
 * this instance released, what nobody holds from the lowest on, and only then leases whose holder is dead. What is
 * reserved far ahead of the clock gives no ids until then, so nobody is bound to it: unless there is no other.
 */
export function* leaseCandidates(query: CandidateQuery): Generator<Candidate> {
  const isOnlyOne = query.firstWorkerId === query.lastWorkerId;
  for (const candidate of inOrder(query)) {
    const { reservedUntilMs, version } = candidate.record ?? { reservedUntilMs: 0, version: 0 };
    // Nobody could fence it: it is left to the operator.
    if (!Number.isSafeInteger(version + 1)) continue;
    const aheadMs = reservedUntilMs - query.wallMs;
    if (aheadMs <= query.maxAheadMs || isOnlyOne) yield candidate;
  }
}

function* inOrder(query: CandidateQuery): Generator<Candidate> {
  const { firstWorkerId, lastWorkerId, instance, owner, isDead } = query;
  const records = query.records
    .filter(({ workerId }) => workerId >= firstWorkerId && workerId <= lastWorkerId)
    .toSorted((a, b) => a.workerId - b.workerId);
  const held = records.filter((record) => !record.released);

  yield* candidates(held.filter((record) => record.owner === owner));
  yield* candidates(records.filter((record) => record.released && record.instance === instance));
  const byId = new Map(records.map((record) => [record.workerId, record]));
  for (let workerId = firstWorkerId; workerId <= lastWorkerId; workerId++) {
    const record = byId.get(workerId);
    if (!record || (record.released && record.instance !== instance)) yield { workerId, record };
  }
  const dead = held.filter((record) => record.owner !== owner && isDead(record));
  yield* candidates(dead.filter((record) => record.instance === instance));
  yield* candidates(dead.filter((record) => record.instance !== instance));
}

function candidates(records: readonly WorkerRecord[]): Candidate[] {
  return records.map((record) => ({ workerId: record.workerId, record }));
}
