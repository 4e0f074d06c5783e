import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { IdunError } from '../../../contracts/src/index.js';
import { clientOverFakes } from '../client.fixture.js';
import { TransportError } from '../errors.js';
import { METER_NAME } from './client-metrics.js';

let provider: MeterProvider;
let exporter: InMemoryMetricExporter;

beforeEach(() => {
  exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const readers = [
    new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 }),
  ];
  provider = new MeterProvider({ readers });
  metrics.setGlobalMeterProvider(provider);
});

afterEach(async () => {
  metrics.disable();
  await provider.shutdown();
});

async function exported(): Promise<MetricData[]> {
  exporter.reset();
  await provider.forceFlush();
  const [resource] = exporter.getMetrics();
  const scope = resource?.scopeMetrics.find(({ scope: { name } }) => name === METER_NAME);
  return scope?.metrics ?? [];
}

/** The points of a metric, each its value and attributes. */
async function pointsOf(name: string): Promise<unknown[]> {
  const metric = (await exported()).find(({ descriptor }) => descriptor.name === name);
  return metric?.dataPoints.map(({ value, attributes }) => [value, attributes]) ?? [];
}

it('ids are counted by key and kind, leases by key, and the rest at hand is shown', async () => {
  const { client, clock } = clientOverFakes();
  await client.segment('a').take(25);
  await client.segment('b', { as: 'number' }).take(3);
  await clock.flush();
  const [a, b] = [
    { 'idun.key': 'a', 'idun.kind': 'bigint' },
    { 'idun.key': 'b', 'idun.kind': 'number' },
  ];
  expect(await pointsOf('idun.client.ids')).toEqual([[20, a]]);
  expect(await pointsOf('idun.client.leases')).toEqual([
    [4, { 'idun.key': 'a' }],
    [2, { 'idun.key': 'b' }],
  ]);
  expect(await pointsOf('idun.client.leased.remaining')).toEqual([
    [15, a],
    [17, b],
  ]);
  await client.close();
  expect(await pointsOf('idun.client.ids')).toEqual([
    [25, a],
    [3, b],
  ]);
  expect(await pointsOf('idun.client.leased.remaining')).toEqual([
    [0, a],
    [0, b],
  ]);
});

it('calls are counted by pattern and outcome, failed attempts and ejections by server', async () => {
  const { pool } = clientOverFakes();
  const server = { host: 'h', port: 80, weight: 1 };
  const pattern = 'segment.lease';
  pool.observer.onCall?.(pattern, 'ok', 1);
  pool.observer.onCall?.(pattern, 'ok', 2);
  pool.observer.onCall?.(pattern, 'KEY_NOT_FOUND', 1);
  pool.observer.onAttemptFailed?.(server, pattern, new TransportError('cut'), {});
  pool.observer.onAttemptFailed?.(server, pattern, new IdunError('OVERLOADED', 'busy'), {});
  pool.observer.onEjected?.(server, new TransportError('cut'), 500);
  const address = { 'server.address': 'h', 'server.port': 80 };
  expect(await pointsOf('idun.client.calls')).toEqual([
    [2, { 'idun.pattern': pattern }],
    [1, { 'idun.pattern': pattern, 'error.type': 'KEY_NOT_FOUND' }],
  ]);
  expect(await pointsOf('idun.client.attempts.failed')).toEqual([
    [1, { 'idun.pattern': pattern, ...address, 'error.type': 'TRANSPORT' }],
    [1, { 'idun.pattern': pattern, ...address, 'error.type': 'OVERLOADED' }],
  ]);
  expect(await pointsOf('idun.client.servers.ejected')).toEqual([[1, address]]);
});

it('each metric has a unit and a description', async () => {
  const { client, pool } = clientOverFakes();
  await client.segment('a').take(25);
  const server = { host: 'h', port: 80, weight: 1 };
  const error = new TransportError('cut');
  pool.observer.onCall?.('segment.get', 'ok', 1);
  pool.observer.onAttemptFailed?.(server, 'segment.get', error, {});
  pool.observer.onEjected?.(server, error, 500);
  const descriptors = (await exported()).map(({ descriptor }) => descriptor);
  expect(descriptors.map(({ name, unit }) => `${name} ${unit}`).toSorted()).toEqual([
    'idun.client.attempts.failed {attempt}',
    'idun.client.calls {call}',
    'idun.client.ids {id}',
    'idun.client.leased.remaining {id}',
    'idun.client.leases {lease}',
    'idun.client.servers.ejected {ejection}',
  ]);
  for (const { description } of descriptors) expect(description).not.toBe('');
});

it('without an SDK nothing is counted, and nothing fails', async () => {
  metrics.disable();
  const { client } = clientOverFakes();
  await client.segment('a').take(25);
  await client.close();
  expect(await exported()).toEqual([]);
});
