import { table } from '../document.js';
import type { InProcessResult, Way } from './in-process/measure.js';
import type { Sample } from './load/measure.js';
import { leasedTable } from './leased-table.js';
import { fixed, NONE, percent, whole, withEnds } from './markdown.js';
import type { BenchResults } from './results.js';
import { scenarios, type Scenario } from './scenarios.js';
import { median, ratio, spread } from './statistics.js';
import { isReached, targetsOf, type Target } from './targets.js';

/** Below it the server had to wait: for the load generator, or for another program on its core. */
const SATURATED = 0.95;

const ways: Record<Way, string> = {
  snowflakeBigints: 'snowflake, 10,000 at a time, bigint',
  snowflakeStrings: 'snowflake, 10,000 at a time, strings',
  segmentStrings: 'segment, 10,000 at a time, strings',
  segmentOneByOne: 'segment, one by one, strings',
};

/** The whole report in Markdown. Figures are medians over the rounds, ratios with their least and greatest. */
export function report(results: BenchResults): string {
  const { inProcess, leased, idleMemoryMb } = results;
  const parts = [
    machineText(results),
    '### Targets',
    table(['', 'target', 'measured', 'reached'], targetsOf(results).map(targetRow)),
    '### HTTP, 64 keep-alive connections',
    transportTable(results, 'http', ['bare-fastify', 'bare-nest-http']),
    '### Nest TCP, 64 calls in flight over one `ClientTCP`',
    transportTable(results, 'tcp', ['bare-nest-tcp']),
  ];
  if (inProcess) parts.push('### In process, one thread', inProcessTable(inProcess));
  if (leased) parts.push('### In process, from leases of a server', leasedTable(results, leased));
  if (idleMemoryMb) {
    const memory = withEnds(spread(idleMemoryMb), 0);
    parts.push('### Memory', `idun at rest, 5 s after its start: ${memory} MB resident.`);
  }
  return parts.join('\n\n');
}

function machineText({ machine, rounds, seconds, samples }: BenchResults): string {
  const { date, commit, cpu, cores, node, system, pinning } = machine;
  const others = Object.values(samples)
    .flat()
    .map(({ othersBusy = Number.NaN }) => othersBusy);
  return (
    `${date}, commit ${commit}, ${system} on ${cores} cores (${cpu}), Node ${node}; ${pinning}; ` +
    `${rounds} rounds, ${seconds} s a measurement; other programs used ${fixed(median(others), 2)} cores meanwhile.`
  );
}

function targetRow(target: Target): string[] {
  const { title, wanted, reached, atMost, decimals, unit } = target;
  const isMet = isReached(target);
  const verdict = isMet ? 'yes' : '**no**';
  return [
    title,
    `${atMost ? '≤' : '≥'} ${fixed(wanted, decimals)} ${unit}`,
    reached === undefined ? NONE : `${fixed(reached, decimals)} ${unit}`,
    isMet === undefined ? NONE : verdict,
  ];
}

function transportTable(
  { samples }: BenchResults,
  protocol: 'http' | 'tcp',
  bases: readonly string[],
): string {
  const own = scenarios.filter(({ target }) => target.protocol === protocol);
  const titleOf = (id: string) => own.find((scenario) => scenario.id === id)?.title;
  const head = [
    '',
    'requests/s',
    'ids/s',
    'p50 / p99 ms',
    'server CPU, µs a request',
    ...bases.map((id) => `that, against ${titleOf(id)}`),
    'busy',
  ];
  const rows = own
    .filter(({ id }) => samples[id])
    .map((scenario) => transportRow(scenario, bases, samples));
  return table(head, rows);
}

function transportRow(
  { id, title, idsPerRequest, against }: Scenario,
  bases: readonly string[],
  all: Record<string, Sample[]>,
): string[] {
  const cpuOf = (each: string) => (all[each] ?? []).map((sample) => sample.serverCpuUs);
  const samples = all[id] ?? [];
  const of = (field: keyof Sample) => median(samples.map((sample) => sample[field] ?? Number.NaN));
  const requests = of('requestsPerSecond');
  const mark = of('serverBusy') < SATURATED ? ' (waiting)' : '';
  return [
    title,
    whole(requests),
    idsPerRequest === 0 ? NONE : whole(requests * idsPerRequest),
    `${fixed(of('p50Ms'), 2)} / ${fixed(of('p99Ms'), 2)}`,
    fixed(of('serverCpuUs'), 1),
    ...bases.map((base) =>
      against.includes(base) ? withEnds(ratio(cpuOf(id), cpuOf(base)), 2) : NONE,
    ),
    `${percent(of('serverBusy'))}${mark}`,
  ];
}

function inProcessTable(result: InProcessResult): string {
  const rows = Object.entries(ways).map(([way, title]) => [
    title,
    withEnds(spread(result[way as Way].map((rate) => rate / 1e6)), 2),
  ]);
  return table(['', 'M ids/s'], rows);
}
