import { metrics, type Attributes, type ObservableResult } from '@opentelemetry/api';
import { IdunError } from '../../../contracts/src/index.js';
import type { Outcome } from '../calls/pool-observer.js';
import type { Server } from '../servers/server.js';
import type { IdKind } from '../segment/segments.js';
import type { Pattern } from '../transport/connection.port.js';

export const METER_NAME = 'idun-client';

export interface Remaining {
  key: string;
  kind: IdKind;
  count: number;
}

/** Counts by OpenTelemetry's API: into nothing unless its SDK was started before the client was made. */
export class ClientMetrics {
  private readonly meter = metrics.getMeter(METER_NAME);
  private readonly ids = this.counter(
    'ids',
    '{id}',
    'Ids issued from leases that are used up or given back',
  );
  private readonly leases = this.counter('leases', '{lease}', 'Ranges leased');
  private readonly calls = this.counter(
    'calls',
    '{call}',
    'Calls, with all their attempts, by how they ended',
  );
  private readonly attemptsFailed = this.counter(
    'attempts.failed',
    '{attempt}',
    'Calls that one server failed',
  );
  private readonly ejected = this.counter(
    'servers.ejected',
    '{ejection}',
    'Servers left alone for a while',
  );
  private readonly remaining = this.meter.createObservableGauge('idun.client.leased.remaining', {
    unit: '{id}',
    description: 'Ids that can be issued without asking a server',
  });
  private closed = false;
  private readonly observe: (result: ObservableResult) => void;

  constructor(remaining: () => Iterable<Remaining>) {
    this.observe = (result) => {
      for (const { key, kind, count } of remaining()) {
        result.observe(count, { 'idun.key': key, 'idun.kind': kind });
      }
      // Once more after the end, or the last figure would stay for good.
      if (this.closed) queueMicrotask(() => this.remaining.removeCallback(this.observe));
    };
    this.remaining.addCallback(this.observe);
  }

  issued(key: string, kind: IdKind, count: number): void {
    this.ids.add(count, { 'idun.key': key, 'idun.kind': kind });
  }

  leased(key: string): void {
    this.leases.add(1, { 'idun.key': key });
  }

  called(pattern: Pattern, outcome: Outcome): void {
    // Nothing where all went well, as the conventions have it.
    const failure = outcome === 'ok' ? {} : { 'error.type': outcome };
    this.calls.add(1, { 'idun.pattern': pattern, ...failure });
  }

  attemptFailed(server: Server, pattern: Pattern, error: unknown): void {
    const failure = { 'error.type': error instanceof IdunError ? error.code : 'TRANSPORT' };
    this.attemptsFailed.add(1, { 'idun.pattern': pattern, ...addressOf(server), ...failure });
  }

  serverEjected(server: Server): void {
    this.ejected.add(1, addressOf(server));
  }

  close(): void {
    this.closed = true;
  }

  private counter(name: string, unit: string, description: string) {
    return this.meter.createCounter(`idun.client.${name}`, { unit, description });
  }
}

function addressOf({ host, port }: Server): Attributes {
  return { 'server.address': host, 'server.port': port };
}
