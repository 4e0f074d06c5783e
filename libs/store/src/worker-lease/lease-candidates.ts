import type { WorkerRow } from './worker-row.js';

export interface CandidateQuery {
  rows: readonly WorkerRow[];
  firstWorkerId: number;
  lastWorkerId: number;
  instance: string;
  owner: string;
  isDead: (row: WorkerRow) => boolean;
}

/** An id that may be taken: with its row, or without one if it was never registered. */
export interface Candidate {
  workerId: number;
  row: WorkerRow | undefined;
}

/**
 * The ids that may be taken, best first: the record of this very owner (its registration had an unknown outcome), what
 * this instance released, what nobody holds from the lowest on, and only then leases whose holder is dead.
 */
export function* leaseCandidates(query: CandidateQuery): Generator<Candidate> {
  const { firstWorkerId, lastWorkerId, instance, owner, isDead } = query;
  const rows = query.rows
    .filter(({ workerId }) => workerId >= firstWorkerId && workerId <= lastWorkerId)
    .toSorted((a, b) => a.workerId - b.workerId);
  const held = rows.filter((row) => !row.released);

  yield* candidates(held.filter((row) => row.owner === owner));
  yield* candidates(rows.filter((row) => row.released && row.instance === instance));
  const byId = new Map(rows.map((row) => [row.workerId, row]));
  for (let workerId = firstWorkerId; workerId <= lastWorkerId; workerId++) {
    const row = byId.get(workerId);
    if (!row || (row.released && row.instance !== instance)) yield { workerId, row };
  }
  const dead = held.filter((row) => row.owner !== owner && isDead(row));
  yield* candidates(dead.filter((row) => row.instance === instance));
  yield* candidates(dead.filter((row) => row.instance !== instance));
}

function candidates(rows: readonly WorkerRow[]): Candidate[] {
  return rows.map((row) => ({ workerId: row.workerId, row }));
}
