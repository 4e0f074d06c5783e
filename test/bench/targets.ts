import type { BenchResults } from './results.js';
import { KINDS, type Kind } from './leased/measure.js';
import { median, ratio } from './statistics.js';

export interface Target {
  title: string;
  /** In the unit of `reached`. */
  wanted: number;
  reached: number | undefined;
  atMost: boolean;
  decimals: number;
  unit: string;
}

/** 4,096 a millisecond at the default layout. */
const SNOWFLAKE_CAP = 4.096;
/** A cap can be reached only from below: the first and the last millisecond are cut. */
const AT_THE_CAP = 0.99;

/** What the project has set itself; `reached` is computed from one run. */
export function targetsOf(results: BenchResults): Target[] {
  return [
    cpuRatio(results, 'HTTP, one segment id: CPU against a bare Fastify route', 'http-segment'),
    cpuRatio(results, 'HTTP, one snowflake id: CPU against a bare Fastify route', 'http-snowflake'),
    cpuRatio(results, 'TCP, one segment id: CPU against a bare Nest TCP echo', 'tcp-segment'),
    cpuRatio(results, 'TCP, one snowflake id: CPU against a bare Nest TCP echo', 'tcp-snowflake'),
    idRate(results, 'HTTP `?count=1000`, segment', 'http-segment-1000'),
    idRate(results, 'HTTP `?count=1000`, snowflake', 'http-snowflake-1000'),
    {
      title: `Snowflake in process (its cap is ${SNOWFLAKE_CAP})`,
      wanted: SNOWFLAKE_CAP * AT_THE_CAP,
      reached: results.inProcess && median(results.inProcess.snowflakeBigints) / 1e6,
      atMost: false,
      decimals: 3,
      unit: 'M ids/s',
    },
    ...KINDS.map((kind) => leasedRatio(results, kind)),
    {
      title: 'Memory of idun at rest',
      wanted: 130,
      reached: results.idleMemoryMb && median(results.idleMemoryMb),
      atMost: true,
      decimals: 0,
      unit: 'MB',
    },
  ];
}

export function isReached({ wanted, reached, atMost }: Target): boolean | undefined {
  if (reached === undefined) return undefined;
  return atMost ? reached <= wanted : reached >= wanted;
}

function cpuRatio({ samples }: BenchResults, title: string, id: string): Target {
  const isHttp = id.startsWith('http');
  const base = samples[isHttp ? 'bare-fastify' : 'bare-nest-tcp'] ?? [];
  const cpu = (samples[id] ?? []).map((sample) => sample.serverCpuUs);
  const reached = ratio(
    cpu,
    base.map((sample) => sample.serverCpuUs),
  );
  const wanted = isHttp ? 1.25 : 1;
  return { title, wanted, reached: reached?.median, atMost: true, decimals: 2, unit: 'x' };
}

function idRate({ samples }: BenchResults, title: string, id: string): Target {
  const rates = (samples[id] ?? []).map((sample) => (sample.requestsPerSecond * 1_000) / 1e6);
  const reached = rates.length === 0 ? undefined : median(rates);
  return { title, wanted: 2, reached, atMost: false, decimals: 2, unit: 'M ids/s' };
}

function leasedRatio({ leased }: BenchResults, kind: Kind): Target {
  return {
    title: `Leased ids, ${kind}: against a bare counter`,
    wanted: 0.7,
    reached: leased && ratio(leased[kind].leased, leased[kind].bare)?.median,
    atMost: false,
    decimals: 2,
    unit: 'x',
  };
}
