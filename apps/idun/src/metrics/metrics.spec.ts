import { expect, it } from 'vitest';
import type { SegmentReport } from '#core';
import type { SegmentMode } from '#segment';
import type { SnowflakeMode } from '#snowflake';
import { LoadGate } from '../edge/load-gate.js';
import { Metrics } from './metrics.js';
import { Counters } from './telemetry.js';

function setup(reports: SegmentReport[] = []) {
  const counters = new Counters();
  const gate = new LoadGate({ maxInFlight: 1, maxLoopDelayMs: 0 });
  const snowflake = { totalIssued: 0 };
  const metrics = new Metrics(
    { reports: () => reports } as Partial<SegmentMode> as SegmentMode,
    snowflake as SnowflakeMode,
    { counters, gate },
  );
  const lines = async () =>
    (await metrics.text()).split('\n').filter((line) => line.startsWith('idun'));
  return { counters, gate, snowflake, reports, lines };
}

const report = (key: string, more: Partial<SegmentReport> = {}): SegmentReport => ({
  key,
  buffered: 100,
  issued: 7,
  idsPerSecond: 4,
  ...more,
});

it('tells of each key what was given, what is left and for how long', async () => {
  const { lines, snowflake } = setup([
    report('order'),
    report('idle', { idsPerSecond: 0 }),
    report('dry', { buffered: 0, idsPerSecond: 0 }),
  ]);
  snowflake.totalIssued = 12;
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'idun_ids_issued_total{mode="segment",key="order"} 7',
      'idun_ids_issued_total{mode="snowflake"} 12',
      'idun_segment_buffered_ids{key="order"} 100',
      'idun_segment_stock_seconds{key="order"} 25',
      'idun_segment_stock_seconds{key="idle"} +Inf',
      'idun_segment_stock_seconds{key="dry"} 0',
    ]),
  );
});

it('reads what is so now, not what was so before', async () => {
  const { lines, reports } = setup([report('order')]);
  await lines();
  reports[0] = report('order', { issued: 8 });
  reports.push(report('new'));
  expect(await lines()).toContain('idun_ids_issued_total{mode="segment",key="order"} 8');
  reports.shift();
  expect((await lines()).join()).not.toContain('"order"');
});

it('has at most a thousand keys, and the others in one', async () => {
  const { lines } = setup(Array.from({ length: 1_002 }, (_, i) => report(`k${i}`)));
  const found = await lines();
  expect(found.filter((line) => line.startsWith('idun_segment_buffered_ids'))).toHaveLength(1_001);
  expect(found).toContain('idun_segment_buffered_ids{key="other"} 200');
  expect(found).toContain('idun_segment_stock_seconds{key="other"} 25');
});

it('counts what seldom happens', async () => {
  const { counters, gate, lines } = setup();
  counters.failed('KEY_NOT_FOUND');
  counters.failed('OVERLOADED');
  counters.storeRewound('order');
  counters.rangeBurned();
  counters.connectionRefused('tcp');
  gate.begin();
  gate.refuses();
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'idun_errors_total{code="KEY_NOT_FOUND"} 1',
      'idun_errors_total{code="OVERLOADED"} 2',
      'idun_calls_shed_total 1',
      'idun_calls_in_flight 1',
      'idun_store_rewound_total{key="order"} 1',
      'idun_ranges_burned_total 1',
      'idun_connections_refused_total{protocol="http"} 0',
      'idun_connections_refused_total{protocol="tcp"} 1',
    ]),
  );
});

it('says of the witness only what it was told', async () => {
  const { counters, lines } = setup();
  expect((await lines()).join()).not.toContain('witness');
  counters.witnessReachable(true);
  expect(await lines()).toContain('idun_witness_reachable 1');
  counters.witnessReachable(false);
  expect(await lines()).toContain('idun_witness_reachable 0');
});
