import { table } from '../document.js';
import { failuresOf, type Findings } from './checker/check.js';
import type { CallError } from './checker/run-files.js';

/** What a run came to, as figures: `report.json`. */
export interface Report {
  seed: number;
  seconds: number;
  faults: number;
  /** Times at which two or more faults were at work. */
  overlaps: number;
  ids: number;
  segmentIds: number;
  snowflakeIds: number;
  /** Ids that were asked for one by one. */
  singleCalls: number;
  duplicates: { segment: number; snowflake: number; first: string[] };
  inversions: { count: number; first: string[] };
  gaps: { cause: string; gaps: number; ids: number; largest: number }[];
  /** That a kill took with it, of one key. */
  segmentsLost: { most: number; mean: number };
  series: Findings['series'];
  recovery: Findings['recovery'];
  errors: { faults: string; code: string; count: number }[];
  errorsWithoutFault: number;
  unexpectedErrors: CallError[];
  failures: string[];
}

export function reportOf(findings: Findings): Report {
  const { run, spaces, duplicates, gaps, series, rounds, recovery, errors, segmentsLost } =
    findings;
  const sum = (isWanted: (space: number) => boolean, what: 'ids' | 'duplicates') =>
    [...spaces].reduce((all, [space, sums]) => all + (isWanted(space) ? Number(sums[what]) : 0), 0);
  const isSnowflake = (space: number) => space === run.snowflakes;
  const isSegment = (space: number) => !isSnowflake(space);
  return {
    seed: run.seed,
    seconds: Math.round((run.endMs - run.beginMs) / 1_000),
    faults: rounds.reduce((all, { faults }) => all + faults.length, 0),
    overlaps: rounds.filter(({ faults }) => faults.length > 1).length,
    ids: sum(() => true, 'ids'),
    segmentIds: sum(isSegment, 'ids'),
    snowflakeIds: sum(isSnowflake, 'ids'),
    singleCalls: singles(findings),
    duplicates: {
      segment: sum(isSegment, 'duplicates'),
      snowflake: sum(isSnowflake, 'duplicates'),
      first: duplicates.map(
        ({ space, first, count, runs }) =>
          `${count} from ${first} of ${run.spaces[space]}: ${runs.map((each) => placeOf(findings, each)).join(' and ')}`,
      ),
    },
    inversions: {
      count: findings.inversionCount,
      first: findings.inversions.map(
        ({ run: ids, before }) =>
          `${ids.first} of ${run.spaces[ids.space]} after ${before}: ${placeOf(findings, ids)}`,
      ),
    },
    segmentsLost: {
      most: Math.max(0, ...segmentsLost),
      mean: segmentsLost.reduce((all, each) => all + each, 0) / Math.max(1, segmentsLost.length),
    },
    gaps: [...gaps].map(([cause, sums]) => ({
      cause,
      gaps: sums.gaps,
      ids: Number(sums.ids),
      largest: Number(sums.largest),
    })),
    series,
    recovery,
    errors: [...errors.byFault].flatMap(([faults, codes]) =>
      [...codes].map(([code, count]) => ({ faults, code, count })),
    ),
    errorsWithoutFault: errors.withoutFault,
    unexpectedErrors: errors.unexpected,
    failures: failuresOf(findings),
  };
}

/** One for each call of a kind that asks for one id, and is no batch among them. */
function singles({ series }: Findings): number {
  const isSingle = ({ name }: { name: string }) =>
    /segment|snowflake/.test(name) && !/count|leased/.test(name);
  return series.filter(isSingle).reduce((sum, { calls }) => sum + calls, 0);
}

function placeOf({ run }: Findings, ids: Findings['inversions'][number]['run']): string {
  const { call, node, connection, sequence, atMs, first, count } = ids;
  const where = node > 0 ? ` node ${node} connection ${connection}` : '';
  return `${run.calls[call]!.name}${where} ${((atMs - run.beginMs) / 1_000).toFixed(3)} s #${sequence} [${first}, +${count})`;
}

const number = (value: number) => value.toLocaleString('en');
const percent = (part: number, whole: number) =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
const ms = (value: number | undefined) => (value === undefined ? '-' : `${number(value)} ms`);

/** The report for people, in Markdown. */
export function textOf(report: Report): string {
  const { series, recovery, errors, gaps, duplicates, inversions, failures } = report;
  return [
    summary(report),
    '',
    ...failures.map((failure) => `- FAILED: ${failure}`),
    ...duplicates.first.slice(0, 10).map((text) => `- duplicate: ${text}`),
    ...inversions.first.slice(0, 10).map((text) => `- inversion: ${text}`),
    'Kinds of calls, with the share of seconds in which some call succeeded, and in which none failed:',
    '',
    table(
      ['Call', 'Succeeded', 'Ids', 'Failed', 'Seconds served', 'Seconds without failure'],
      series.map((each) => [
        each.name,
        number(each.calls),
        number(each.ids),
        number(each.failed),
        percent(each.servedSeconds, each.seconds),
        percent(each.perfectSeconds, each.seconds),
      ]),
    ),
    '',
    'Faults, and the time from the end of one until every kind of call succeeded within 500 ms and none failed, where no other outlasted it:',
    '',
    table(
      ['Fault', 'Times', 'Measured', 'p50', 'Longest'],
      recovery.map(({ kind, faults, measured, p50Ms, maxMs }) => [
        kind,
        String(faults),
        String(measured),
        ms(p50Ms),
        ms(maxMs),
      ]),
    ),
    '',
    `Ids that nobody was given, between ids that somebody was. A kill took ${report.segmentsLost.mean.toFixed(1)} segments of a key with it, at most ${report.segmentsLost.most}:`,
    '',
    table(
      ['Cause', 'Gaps', 'Ids', 'Largest'],
      gaps.map(({ cause, gaps: count, ids, largest }) => [
        cause,
        number(count),
        number(ids),
        number(largest),
      ]),
    ),
    '',
    `Errors that callers saw, ${number(report.errorsWithoutFault)} of them while nothing was broken:`,
    '',
    table(['Code', 'Times', 'Faults at work, where most were seen'], codeRows(errors)),
  ].join('\n');
}

function codeRows(errors: Report['errors']): string[][] {
  const codes = [...new Set(errors.map(({ code }) => code))].toSorted();
  return codes.map((code) => {
    const all = errors.filter((each) => each.code === code).toSorted((a, b) => b.count - a.count);
    const sum = all.reduce((total, { count }) => total + count, 0);
    return [
      code,
      number(sum),
      all
        .slice(0, 3)
        .map(({ faults }) => faults)
        .join('; '),
    ];
  });
}

export function summary(report: Report): string {
  return (
    `${number(report.ids)} ids in ${number(report.seconds)} s, ${number(report.singleCalls)} of them by single calls, under ` +
    `${number(report.faults)} faults (seed ${report.seed}): ${number(report.duplicates.segment)} duplicates of segments, ` +
    `${number(report.duplicates.snowflake)} of snowflakes, ${number(report.inversions.count)} out of order.`
  );
}
