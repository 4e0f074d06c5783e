import type { Round } from './recovery.js';
import type { CallError } from './run-files.js';

export const NO_ANSWER = 'NO_ANSWER';

/** What a caller may be told while something is broken: each says that the same call may succeed later. */
const EXPECTED = new Set([
  'SEGMENT_NOT_READY',
  'STORE_UNAVAILABLE',
  'STORE_REWOUND',
  'WORKER_LEASE_LOST',
  'WORKER_IDS_EXHAUSTED',
  'CLOCK_BACKWARDS',
  'CLOCK_UNTRUSTED',
  'OVERLOADED',
  'SHUTTING_DOWN',
]);

/** A restored backup does not know the leases that were made after it, or takes one away while it is given back. */
const AFTER_REWIND = new Set(['LEASE_NOT_FOUND', 'LEASE_RETURNED']);
const FORGETFUL = /rewind|failover|old primary/;
/**
 * What was under way when all worked again may still end badly, at its deadline of 2 s; and a server that has just been started
 * has the machine's cores to itself for a moment.
 */
const LATE_MS = 3_000;

export interface ErrorSummary {
  /** By the kinds of fault of the round in which the call was made, or `none`. */
  byFault: Map<string, Map<string, number>>;
  /** The first ones that no fault explains, or that the contract does not have. */
  unexpected: CallError[];
  unexpectedCount: number;
  /** Outside of faults and recoveries, of whatever code. */
  withoutFault: number;
}

const SHOWN = 50;

export function checkErrors(
  errors: readonly CallError[],
  rounds: readonly Round[],
  beginMs: number,
): ErrorSummary {
  const summary: ErrorSummary = {
    byFault: new Map(),
    unexpected: [],
    unexpectedCount: 0,
    withoutFault: 0,
  };
  const had = { rewind: false };
  let at = 0;
  // Callers start before the nodes.
  const counted = errors.filter(({ atMs, tookMs }) => atMs - tookMs >= beginMs);
  for (const error of counted.toSorted((a, b) => a.atMs - b.atMs)) {
    while (at < rounds.length && endOf(rounds[at]!) < error.atMs - error.tookMs) at++;
    const round = rounds[at];
    const isDuring = round !== undefined && round.beginMs <= error.atMs;
    const kinds = isDuring ? faultNames(round, error) : 'none';
    const codes = summary.byFault.get(kinds) ?? new Map<string, number>();
    summary.byFault.set(kinds, codes.set(error.code, (codes.get(error.code) ?? 0) + 1));
    had.rewind ||= isDuring && FORGETFUL.test(kinds);
    if (!isDuring) summary.withoutFault++;
    if (isAllowed(error.code, isDuring, had.rewind)) continue;
    summary.unexpectedCount++;
    if (summary.unexpected.length < SHOWN) summary.unexpected.push(error);
  }
  return summary;
}

const endOf = ({ recoveredMs }: Round) => (recoveredMs ?? Infinity) + LATE_MS;

/** Of the faults that had begun when the call ended, or all. */
function faultNames({ faults }: Round, { atMs }: CallError): string {
  const begun = faults.filter(({ beginMs }) => beginMs <= atMs);
  return [...new Set(begun.map(({ kind }) => kind))].toSorted().join(' + ');
}

function isAllowed(code: string, isDuring: boolean, hadRewind: boolean): boolean {
  if (code === NO_ANSWER) return isDuring;
  // A return whose answer was lost has been carried out when it is sent again.
  if (code === 'LEASE_RETURNED' && isDuring) return true;
  return EXPECTED.has(code) || (AFTER_REWIND.has(code) && hadRewind);
}
