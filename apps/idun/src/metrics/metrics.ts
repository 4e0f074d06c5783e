import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import type { SegmentReport } from '#core';
import { SEGMENT_MODE, type SegmentMode } from '#segment';
import { SNOWFLAKE_MODE, type SnowflakeMode } from '#snowflake';
import { ADMIN_OPTIONS, type AdminOptions } from '../admin/admin-options.js';
import { boundedByKey } from './bounded-keys.js';

const LOOP_RESOLUTION_MS = 20;

/** Everything is read from plain numbers when somebody asks, so that a call costs nothing for it. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  private readonly issued = this.counter('idun_ids_issued_total', 'Ids given out.', 'mode', 'key');
  private readonly buffered = this.gauge('idun_segment_buffered_ids', 'Ids in memory.', 'key');
  private readonly stockSeconds = this.gauge(
    'idun_segment_stock_seconds',
    'How long the ids in memory last at the measured rate.',
    'key',
  );
  private readonly rewound = this.counter(
    'idun_store_rewound_total',
    'Ranges that the store gave a second time, none of which was issued.',
    'key',
  );
  private readonly burned = this.counter(
    'idun_ranges_burned_total',
    'Ranges that were given up before their first id was issued.',
  );
  private readonly witness = this.gauge(
    'idun_witness_reachable',
    'Whether ZooKeeper answers, where it is the witness.',
  );
  private readonly errors = this.counter(
    'idun_errors_total',
    'Calls that ended with an error, by its code.',
    'code',
  );
  private readonly shed = this.counter(
    'idun_calls_shed_total',
    'Calls refused at the door with OVERLOADED.',
  );
  private readonly inFlight = this.gauge('idun_calls_in_flight', 'Calls without an answer yet.');
  private readonly refusedConnections = this.counter(
    'idun_connections_refused_total',
    'Connections closed at once, as there were too many.',
    'protocol',
  );
  private readonly memory = this.gauge('process_resident_memory_bytes', 'Resident memory.');
  private readonly heap = this.gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use.');
  private readonly cpu = this.counter('process_cpu_seconds_total', 'CPU time, user and system.');
  private readonly loopP99 = this.gauge(
    'nodejs_eventloop_lag_p99_seconds',
    '99th percentile of the delay of the event loop since the last time that this was read.',
  );
  private readonly loopMax = this.gauge(
    'nodejs_eventloop_lag_max_seconds',
    'Longest delay of the event loop since the last time that this was read.',
  );

  constructor(
    @Inject(SEGMENT_MODE) private readonly segment: SegmentMode,
    @Inject(SNOWFLAKE_MODE) private readonly snowflake: SnowflakeMode,
    @Inject(ADMIN_OPTIONS) private readonly sources: Pick<AdminOptions, 'counters' | 'gate'>,
  ) {
    this.loopDelay.enable();
  }

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    this.registry.resetMetrics();
    this.readIds(this.segment.reports());
    this.readCalls();
    this.readProcess();
    return this.registry.metrics();
  }

  private readIds(reports: readonly SegmentReport[]): void {
    for (const [key, group] of boundedByKey(reports)) {
      const buffered = sum(group.map((report) => report.buffered));
      const idsPerSecond = sum(group.map((report) => report.idsPerSecond));
      this.issued.inc({ mode: 'segment', key }, sum(group.map((report) => report.issued)));
      this.buffered.set({ key }, buffered);
      this.stockSeconds.set({ key }, buffered === 0 ? 0 : buffered / idsPerSecond);
    }
    this.issued.inc({ mode: 'snowflake' }, this.snowflake.totalIssued);
    const rewinds = [...this.sources.counters.rewinds].map(([key, count]) => ({ key, count }));
    for (const [key, group] of boundedByKey(rewinds)) {
      this.rewound.inc({ key }, sum(group.map(({ count }) => count)));
    }
  }

  private readCalls(): void {
    const { counters, gate } = this.sources;
    this.burned.inc(counters.burnedRanges);
    // Without a value a gauge would say 0.
    if (counters.isWitnessReachable === undefined) this.witness.remove();
    else this.witness.set(Number(counters.isWitnessReachable));
    for (const [code, count] of counters.failures) this.errors.inc({ code }, count);
    this.errors.inc({ code: 'OVERLOADED' }, gate.shed);
    this.shed.inc(gate.shed);
    this.inFlight.set(gate.inFlight);
    for (const protocol of ['http', 'tcp'] as const) {
      this.refusedConnections.inc({ protocol }, counters.refusedConnections.get(protocol) ?? 0);
    }
  }

  private readProcess(): void {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    this.memory.set(rss);
    this.heap.set(heapUsed);
    this.cpu.inc((user + system) / 1e6);
    this.loopP99.set(delaySeconds(this.loopDelay.percentile(99)));
    this.loopMax.set(delaySeconds(this.loopDelay.max));
    this.loopDelay.reset();
  }

  private counter<L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private gauge<L extends string>(name: string, help: string, ...labelNames: L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** The histogram has times between two looks, in nanoseconds, which without a delay are the resolution. */
function delaySeconds(ns: number): number {
  return Math.max(0, ns / 1e6 - LOOP_RESOLUTION_MS) / 1e3;
}
