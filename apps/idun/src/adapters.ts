import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import {
  parseLayout,
  systemClock,
  systemScheduler,
  WorkerLease,
  WorkerRegistry,
  workerIdRange,
} from '#core';
import { openStore, type Store } from '#store';
import type { Config } from './config/index.js';

export interface Adapters {
  store: Store;
  workerLease: WorkerLease;
  /** Gives the worker id back and closes every connection; after it no id can be given. */
  close(): Promise<void>;
}

const LEASE_GRACE_MS = 2_000;
/** A static id has only this machine's processes to fear, so a crash is forgotten sooner. */
const STATIC_TTL_MS = 2_000;
const STATIC_GRACE_MS = 500;
/** Below a third of the shortest lease, so that a renewal that hangs leaves time for another. */
const LEASE_CALL_TIMEOUT_MS = 1_000;

/** Chooses, by configuration, what stands behind the ports. Connects in the background. */
export async function openAdapters(config: Config, log: Logger): Promise<Adapters> {
  const store = await openStore(config.databaseUrls[0]!, { log });
  const leases = await leaseChoice(config, store, log);
  const { maxAheadMs } = config.clock;
  const { firstWorkerId, lastWorkerId, ttlMs, graceMs } = leases;
  const workerLease = new WorkerLease(
    { owner: randomUUID(), ttlMs, timeoutMs: Math.min(LEASE_CALL_TIMEOUT_MS, ttlMs / 2) },
    {
      store: new WorkerRegistry(leases.store.workers, {
        firstWorkerId,
        lastWorkerId,
        leaseTtlMs: ttlMs,
        graceMs,
        maxAheadMs,
        clock: systemClock,
      }),
      clock: systemClock,
      scheduler: systemScheduler,
      random: Math.random,
      onChange: (workerId, failure) => logLease(log, workerId, failure),
    },
  );
  return {
    store,
    workerLease,
    async close() {
      await workerLease.stop();
      await Promise.all([store.close(), leases.store === store ? undefined : leases.store.close()]);
    },
  };
}

interface LeaseChoice {
  store: Store;
  firstWorkerId: number;
  lastWorkerId: number;
  ttlMs: number;
  graceMs: number;
}

async function leaseChoice(config: Config, store: Store, log: Logger): Promise<LeaseChoice> {
  const { worker, snowflake } = config;
  const { first, last } = workerIdRange(parseLayout(snowflake.layout), snowflake.datacenterId ?? 0);
  if (worker.lease !== 'static' || !snowflake.enabled) {
    const { ttlMs } = worker;
    return { store, firstWorkerId: first, lastWorkerId: last, ttlMs, graceMs: LEASE_GRACE_MS };
  }
  const id = first + worker.id!;
  return {
    // The reservation of a static id is kept where no database is needed: beside the process.
    store: await openStore(`sqlite:${join(config.dataDir, 'worker.db')}`, { log }),
    firstWorkerId: id,
    lastWorkerId: id,
    ttlMs: STATIC_TTL_MS,
    graceMs: STATIC_GRACE_MS,
  };
}

function logLease(log: Logger, workerId: number | undefined, failure: unknown): void {
  if (failure === undefined) log.info({ event: 'worker-id', workerId }, 'Worker id held');
  else if (workerId === undefined) log.warn({ err: failure }, 'No worker id is held');
  else log.warn({ workerId, err: failure }, 'The worker id could not be renewed: trying again');
}
