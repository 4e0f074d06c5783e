import { checkErrors, type ErrorSummary } from './errors.js';
import { GapCauses, type GapTotals } from './gap-causes.js';
import { OrderCheck, type Inversion } from './order.js';
import { runsOf } from './read-records.js';
import { recoveryByKind, roundsOf, type RecoveryOfKind, type Round } from './recovery.js';
import { RunFiles, type RunFile } from './run-files.js';
import { sortedRuns } from './sort-records.js';
import { Timeline, type SeriesTotals } from './timeline.js';
import { checkUnique, type Duplicate, type SpaceTotals } from './uniqueness.js';

export interface Findings {
  run: RunFile;
  spaces: Map<number, SpaceTotals>;
  duplicates: Duplicate[];
  inversions: Inversion[];
  inversionCount: number;
  gaps: Map<string, GapTotals>;
  /** How many segments each kill took with it, of each key, where the journal tells. */
  segmentsLost: number[];
  series: SeriesTotals[];
  rounds: Round[];
  recovery: RecoveryOfKind[];
  errors: ErrorSummary;
}

/**
 * Says what is wrong in the files of a run, and reads nothing but them. It shares no code with what issues ids, nor with
 * the callers that wrote the files.
 */
export function check(folder: string): Findings {
  const files = new RunFiles(folder);
  const { run, faults } = files;
  const timeline = new Timeline(run);
  const order = new OrderCheck();
  for (const file of files.records) {
    for (const ids of runsOf(file)) {
      timeline.succeeded(ids.call, ids.node, ids.atMs, ids.count);
      if (run.calls[ids.call]!.isDirect) order.see(ids);
    }
  }
  const errors = files.errors();
  for (const { call, node, atMs } of errors) timeline.failed(call, node, atMs);
  const causes = new GapCauses(run.spaces, faults, files.store);
  const { totals, duplicates } = checkUnique(sortedRuns(files.records, folder), (gap) => {
    // Snowflakes follow the time, not one another.
    if (gap.space !== run.snowflakes) causes.add(gap);
  });
  const rounds = roundsOf(faults, timeline);
  return {
    run,
    spaces: totals,
    duplicates,
    inversions: order.inversions,
    inversionCount: order.count,
    gaps: causes.totals,
    segmentsLost: causes.segmentsLost(run.holders ?? []),
    series: timeline.totals(),
    rounds,
    recovery: recoveryByKind(rounds),
    errors: checkErrors(errors, rounds, run.beginMs),
  };
}

/** One sentence for each thing that must not be. */
export function failuresOf(findings: Findings): string[] {
  const { run, spaces, inversionCount, rounds, errors } = findings;
  const failures = [...spaces]
    .filter(([, { duplicates }]) => duplicates > 0n)
    .map(([space, { duplicates }]) => `${duplicates} duplicates of ${run.spaces[space]}`);
  if (spaces.size === 0) failures.push('no id was received');
  if (inversionCount > 0) failures.push(`${inversionCount} ids below the one before`);
  for (const { faults, recoveredMs } of rounds) {
    const names = faults.map(({ kind, target }) => `${kind} ${target}`).join(', ');
    if (recoveredMs === undefined) failures.push(`no recovery within 30 s after ${names}`);
  }
  if (errors.unexpectedCount > 0) {
    const codes = new Set(errors.unexpected.map(({ code }) => code));
    failures.push(`${errors.unexpectedCount} errors that must not be: ${[...codes].join(', ')}`);
  }
  return failures;
}
