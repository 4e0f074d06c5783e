import { randomUUID } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import { parseLayout, systemClock, systemScheduler, type SegmentRange } from '#core';
import { SegmentModule, type SegmentModuleOptions } from '#segment';
import { SnowflakeModule, type SnowflakeModuleOptions } from '#snowflake';
import { StoreModule } from '#store';
import { AdminModule } from './admin/admin.module.js';
import type { Adapters } from './adapters.js';
import type { Config } from './config/index.js';
import type { LoadGate } from './edge/load-gate.js';
import { RateLimitedLog } from './edge/rate-limited-log.js';
import { HealthModule } from './health/health.module.js';
import { IdController } from './id.controller.js';
import { LeaseController } from './lease.controller.js';
import type { Counters } from './metrics/telemetry.js';
import type { ThisNode } from './node/this-node.js';

/** What the edges and the operator's routes share. */
export interface NodeParts {
  node: ThisNode;
  gate: LoadGate;
  counters: Counters;
}

/** Puts the adapters behind the modes, and the controller before them. */
@Module({})
export class ServerModule {
  static forRoot(
    config: Config,
    log: Logger,
    adapters: Adapters,
    { node, gate, counters }: NodeParts,
  ): DynamicModule {
    const segment = SegmentModule.forRoot(segmentOptions(config, log, adapters));
    const snowflake = SnowflakeModule.forRoot(snowflakeOptions(config, adapters));
    return {
      module: ServerModule,
      imports: [
        StoreModule.forRoot(adapters.store),
        segment,
        snowflake,
        HealthModule.forRoot(node, segment, snowflake),
        AdminModule.forRoot(
          {
            token: config.adminToken,
            workers: adapters.workers,
            workerTerms: adapters.workerTerms,
            keys: adapters.store.keys,
            journal: adapters.store.journal,
            refreshControls: () => adapters.keyControls.refresh(),
            counters,
            gate,
            node,
            zone: config.zone,
            workerId: () => heldWorkerId(adapters),
          },
          segment,
          snowflake,
        ),
      ],
      controllers: [IdController, LeaseController],
    };
  }
}

function heldWorkerId({ workerLease }: Adapters): number | undefined {
  try {
    return workerLease.held().workerId;
  } catch {
    return undefined;
  }
}

function segmentOptions(config: Config, log: Logger, adapters: Adapters): SegmentModuleOptions {
  const { enabled, ...generator } = config.segment;
  const { maxStep, deadlineMs } = generator;
  const failures = new RateLimitedLog(log, () => systemClock.monotonicMs());
  const pruning = new RateLimitedLog(log, () => systemClock.monotonicMs());
  return {
    enabled,
    generator,
    dependencies: {
      store: adapters.store.segments,
      guard: adapters.guard,
      clock: systemClock,
      scheduler: systemScheduler,
      random: Math.random,
      onFetchFailed: (key, err) => failures.warn({ key, err }, 'A segment could not be fetched'),
      gate: adapters.keyGate,
      onUsedUp: config.journal.enabled ? recordUsedUp(adapters, log) : undefined,
    },
    leases: {
      options: { maxSize: maxStep, deadlineMs },
      dependencies: {
        store: adapters.store.leases,
        keys: adapters.store.segments,
        guard: adapters.guard,
        clock: systemClock,
        scheduler: systemScheduler,
        newLeaseId: randomUUID,
        onPruneFailed: (err) => pruning.warn({ err }, 'Old leases could not be deleted'),
        gate: adapters.keyGate,
      },
    },
  };
}

function snowflakeOptions(config: Config, adapters: Adapters): SnowflakeModuleOptions {
  const { enabled, layout, epochMs } = config.snowflake;
  return {
    enabled,
    generator: {
      layout: parseLayout(layout),
      epochMs,
      clockToleranceMs: config.clock.toleranceMs,
    },
    dependencies: {
      workerIds: adapters.workerLease,
      clock: systemClock,
      scheduler: systemScheduler,
      random: Math.random,
    },
  };
}

const JOURNAL_TIMEOUT_MS = 1_000;

/** Off the callers' path: what the journal then lacks is only that nothing is left of a range. */
function recordUsedUp(adapters: Adapters, log: Logger): (key: string, range: SegmentRange) => void {
  const failures = new RateLimitedLog(log, () => systemClock.monotonicMs());
  return (key, { start }) => {
    adapters.store.journal
      .settle(key, start, 'used', undefined, JOURNAL_TIMEOUT_MS)
      .catch((err: unknown) => failures.warn({ key, err }, 'The journal could not be written'));
  };
}
