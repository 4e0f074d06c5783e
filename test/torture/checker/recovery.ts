import { groupBy } from './group-by.js';
import type { FaultEntry } from './run-files.js';
import type { Timeline } from './timeline.js';

/** As long as this every kind of call has to succeed. */
const STEADY_MS = 500;
export const RECOVERY_LIMIT_MS = 30_000;

/** Faults that overlapped, as one. */
export interface Round {
  round: number;
  faults: FaultEntry[];
  beginMs: number;
  endMs: number;
  /** When everything worked again; undefined where it did not within the limit. */
  recoveredMs: number | undefined;
}

export function roundsOf(faults: readonly FaultEntry[], timeline: Timeline): Round[] {
  return [...groupBy(faults, ({ round }) => round)]
    .toSorted(([a], [b]) => a - b)
    .map(([round, members]) => {
      const endMs = Math.max(...members.map((fault) => fault.endMs));
      const found = timeline.recovery(endMs, STEADY_MS);
      const isInTime = found !== undefined && found - endMs <= RECOVERY_LIMIT_MS;
      return {
        round,
        faults: members.toSorted((a, b) => a.endMs - b.endMs),
        beginMs: Math.min(...members.map((fault) => fault.beginMs)),
        endMs,
        recoveredMs: isInTime ? found : undefined,
      };
    });
}

export interface RecoveryOfKind {
  kind: string;
  faults: number;
  /** Of the rounds that ended with a fault of this kind: the time from its end until all worked again. */
  measured: number;
  p50Ms: number | undefined;
  maxMs: number | undefined;
}

export function recoveryByKind(rounds: readonly Round[]): RecoveryOfKind[] {
  const kinds = groupBy(
    rounds.flatMap(({ faults }) => faults),
    ({ kind }) => kind,
  );
  return [...kinds]
    .map(([kind, faults]) => {
      const times = rounds
        .filter((round) => round.faults.at(-1)?.kind === kind)
        .flatMap(({ recoveredMs, endMs }) => (recoveredMs === undefined ? [] : recoveredMs - endMs))
        .toSorted((a, b) => a - b);
      return {
        kind,
        faults: faults.length,
        measured: times.length,
        p50Ms: times[Math.floor(times.length / 2)],
        maxMs: times.at(-1),
      };
    })
    .toSorted((a, b) => a.kind.localeCompare(b.kind));
}
