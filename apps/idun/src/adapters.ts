import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import {
  KeyControlWatch,
  KeyGate,
  systemClock,
  systemScheduler,
  type RangeGuard,
  type WorkerDirectory,
  WorkerLease,
  type WorkerLeaseTerms,
} from '#core';
import { openStore, type Store } from '#store';
import { nodeName, type Config } from './config/index.js';
import { keepJournalShort } from './journal-upkeep.js';
import type { Telemetry } from './metrics/telemetry.js';
import { openRangeGuard } from './range-guard.js';
import { openWorkerLeases } from './worker-leases.js';

export interface Adapters {
  store: Store;
  /** Admits what the store gives. */
  guard: RangeGuard;
  workerLease: WorkerLease;
  /** The registered worker ids, for operators. */
  workers: WorkerDirectory;
  workerTerms: WorkerLeaseTerms;
  /** What operators have laid down for keys, and who asks for it. */
  keyGate: KeyGate;
  keyControls: KeyControlWatch;
  /** Gives the worker id back and closes every connection; after it no id can be given. */
  close(): Promise<void>;
}

/** Below a third of the shortest lease, so that a renewal that hangs leaves time for another. */
const LEASE_CALL_TIMEOUT_MS = 1_000;

/** Chooses, by configuration, what stands behind the ports. Connects in the background. */
export async function openAdapters(
  config: Config,
  telemetry: Telemetry,
  log: Logger,
): Promise<Adapters> {
  const journal = config.journal.enabled ? { holder: nodeName(config) } : undefined;
  const store = await openStore(config.databaseUrls[0]!, { log, journal });
  const leases = await openWorkerLeases(config, store, log);
  const guard = await openRangeGuard(config, store, leases, telemetry, log);
  const stopUpkeep = keepJournalShort(config, store.journal, log);
  const { terms } = leases;
  const ttlMs = terms.leaseTtlMs;
  const workerLease = new WorkerLease(
    { owner: randomUUID(), ttlMs, timeoutMs: Math.min(LEASE_CALL_TIMEOUT_MS, ttlMs / 2) },
    {
      store: leases.leases,
      clock: systemClock,
      scheduler: systemScheduler,
      random: Math.random,
      onChange: (workerId, failure) => logLease(log, workerId, failure),
    },
  );
  const keyGate = new KeyGate(systemClock);
  const keyControls = new KeyControlWatch({
    store: store.keys,
    scheduler: systemScheduler,
    onControls: (controls) => keyGate.apply(controls),
    onFailed: (err) =>
      log.warn({ err }, 'The controls of keys cannot be read: what is known holds'),
  });
  if (config.segment.enabled) keyControls.start();
  return {
    store,
    guard: guard.guard,
    workerLease,
    workers: leases.records,
    workerTerms: terms,
    keyGate,
    keyControls,
    async close() {
      stopUpkeep();
      keyControls.stop();
      await workerLease.stop();
      await guard.close();
      await Promise.all([store.close(), leases.close()]);
    },
  };
}

function logLease(log: Logger, workerId: number | undefined, failure: unknown): void {
  if (failure === undefined) log.info({ event: 'worker-id', workerId }, 'Worker id held');
  else if (workerId === undefined) log.warn({ err: failure }, 'No worker id is held');
  else log.warn({ workerId, err: failure }, 'The worker id could not be renewed: trying again');
}
