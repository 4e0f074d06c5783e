import { table } from '../document.js';
import { LEASE_SIZE } from './leased.js';
import { KINDS, type Kind, type LeasedResult } from './leased/measure.js';
import { whole, withEnds } from './markdown.js';
import type { BenchResults } from './results.js';
import { median, ratio, spread } from './statistics.js';

/** What another project states for itself, in ids a second. */
const CLAIMS: readonly [string, number][] = [
  ['claimed by a platform of the same kind, on 2 x 2 cores', 16_700_000],
  ['claimed by a platform of the same kind, on two nodes', 400_000],
];

/** All ways to an id side by side: leased, single calls, and what others claim. */
export function leasedTable(results: BenchResults, leased: LeasedResult): string {
  const rows = [
    ...KINDS.map((kind) => leasedRow(kind, leased)),
    ...['http-segment-1000', 'tcp-segment', 'http-segment'].map((id) => callRow(id, results)),
    ...CLAIMS.map(([title, rate]) => [title, whole(rate), '', '']),
  ];
  return table(
    [
      '',
      'ids/s',
      'bare counter, M ids/s',
      `against it, leases of ${LEASE_SIZE.toLocaleString('en-US')}`,
    ],
    rows,
  );
}

function leasedRow(kind: Kind, results: LeasedResult): string[] {
  const { bare, leased } = results[kind];
  return [
    `leased, ${kind}`,
    whole(median(leased)),
    withEnds(spread(bare.map((rate) => rate / 1e6)), 0),
    withEnds(ratio(leased, bare), 2),
  ];
}

const CALLS: Readonly<Record<string, [title: string, ids: number]>> = {
  'http-segment-1000': ['HTTP, `?count=1000`, one server core', 1_000],
  'tcp-segment': ['Nest TCP, one id a call, one server core', 1],
  'http-segment': ['HTTP, one id a call, one server core', 1],
};

function callRow(id: string, { samples }: BenchResults): string[] {
  const [title, ids] = CALLS[id] ?? [id, 1];
  const rates = (samples[id] ?? []).map(({ requestsPerSecond }) => requestsPerSecond * ids);
  return [title, rates.length === 0 ? '–' : whole(median(rates)), '', ''];
}
