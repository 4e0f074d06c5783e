import { describe, expect, it } from 'vitest';
import type { Sample } from './load/measure.js';
import { report } from './report.js';
import type { BenchResults } from './results.js';
import { isReached, targetsOf } from './targets.js';

const sample = (serverCpuUs: number | undefined, requestsPerSecond = 1_000): Sample => ({
  requestsPerSecond,
  p50Ms: 1,
  p99Ms: 2,
  serverCpuUs,
  serverBusy: serverCpuUs && 1,
  othersBusy: 0,
});

const results = (samples: BenchResults['samples']): BenchResults => ({
  machine: {
    date: '2026-11-22',
    cpu: 'a CPU',
    cores: 2,
    node: 'v20.0.0',
    system: 'Linux',
    pinning: 'pinned',
    commit: 'abc',
  },
  rounds: 2,
  seconds: 1,
  samples,
});

const verdicts = (measured: BenchResults) => targetsOf(measured).map(isReached);

describe('the targets', () => {
  it('are judged by the median of the ratios', () => {
    const measured = results({
      'bare-fastify': [sample(10), sample(20)],
      'http-segment': [sample(12), sample(24)],
      'http-snowflake': [sample(10), sample(40)],
      'http-segment-1000': [sample(1, 1_900), sample(1, 2_100)],
    });
    expect(verdicts(measured).slice(0, 2)).toEqual([true, false]);
    expect(verdicts(measured)[4]).toBe(true);
  });

  it('are open where nothing was measured', () =>
    expect(new Set(verdicts(results({})))).toEqual(new Set([undefined])));
});

describe('the report', () => {
  it('has a row for each scenario that was run', () => {
    const text = report(
      results({
        'bare-fastify': [sample(10), sample(20)],
        'http-segment': [sample(12), sample(22)],
      }),
    );
    expect(text).toContain(
      '| idun, one segment id | 1,000 | 1,000 | 1.00 / 2.00 | 17.0 | 1.15 (1.10 to 1.20) | – |',
    );
    expect(text).not.toContain('snowflake id |');
  });

  it('goes without CPU time where the system does not tell it', () =>
    expect(report(results({ 'http-segment': [sample(undefined)] }))).toContain(
      '| idun, one segment id | 1,000 | 1,000 | 1.00 / 2.00 | – | – | – | – |',
    ));
});
