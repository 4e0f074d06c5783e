import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import {
  parseLayout,
  systemClock,
  systemScheduler,
  workerIdRange,
  WorkerRegistry,
  type AuditedWorkerStore,
  type WorkerLeaseStore,
  type WorkerLeaseTerms,
  type Witness,
  type WorkerRecordStore,
} from '#core';
import { openStore, type Store } from '#store';
import { openLeaf, openZooKeeper, type ZooKeeperOptions } from '#zookeeper';
import { advertisedHost, findConfigDir, type Config } from './config/index.js';

/** Where worker ids are leased, and on which terms. */
export interface WorkerLeases {
  records: AuditedWorkerStore;
  leases: WorkerLeaseStore;
  terms: WorkerLeaseTerms;
  /** Of ranges, over the same session. */
  witness?: Witness | undefined;
  close(): Promise<void>;
}

const GRACE_MS = 2_000;
/** A static id has only this machine's processes to fear, so a crash is forgotten sooner. */
const STATIC_TTL_MS = 2_000;
const STATIC_GRACE_MS = 500;

/** As configured. Connects in the background. */
export async function openWorkerLeases(
  config: Config,
  store: Store,
  log: Logger,
): Promise<WorkerLeases> {
  const { worker, snowflake, zookeeper } = config;
  const { first, last } = workerIdRange(parseLayout(snowflake.layout), snowflake.datacenterId ?? 0);
  const terms = {
    firstWorkerId: first,
    lastWorkerId: last,
    leaseTtlMs: worker.ttlMs,
    graceMs: GRACE_MS,
  };
  // Without snowflake nobody asks for an id; the database's list of them is shown then.
  if (snowflake.enabled) {
    if (worker.lease === 'static') return staticLease(config, first, log);
    if (worker.lease !== 'database' && zookeeper.connect !== undefined) {
      const options = zooKeeperOptions(config, zookeeper.connect, log);
      if (worker.lease === 'leaf') return leafLeases(config, options, terms);
      const { workers, witness, close } = await openZooKeeper(options);
      return { terms, records: workers, leases: registry(config, workers, terms), witness, close };
    }
  }
  const records = store.workers;
  return { terms, records, leases: registry(config, records, terms), close: async () => undefined };
}

/** The reservation of a static id is kept where no database is needed: beside the process. */
async function staticLease(config: Config, first: number, log: Logger): Promise<WorkerLeases> {
  const own = await openStore(`sqlite:${join(config.dataDir, 'worker.db')}`, { log });
  const id = first + config.worker.id!;
  const terms = {
    firstWorkerId: id,
    lastWorkerId: id,
    leaseTtlMs: STATIC_TTL_MS,
    graceMs: STATIC_GRACE_MS,
  };
  return {
    records: own.workers,
    leases: registry(config, own.workers, terms),
    terms,
    close: () => own.close(),
  };
}

async function leafLeases(
  config: Config,
  options: ZooKeeperOptions,
  terms: WorkerLeaseTerms,
): Promise<WorkerLeases> {
  const { workers, leases, close } = await openLeaf({
    ...options,
    leafName: config.leaf.name!,
    terms: registryOptions(config, terms),
    scheduler: systemScheduler,
  });
  return { records: workers, leases, terms, close };
}

function registry(
  config: Config,
  records: WorkerRecordStore,
  terms: WorkerLeaseTerms,
): WorkerRegistry {
  return new WorkerRegistry(records, registryOptions(config, terms));
}

const registryOptions = (config: Config, terms: WorkerLeaseTerms) => ({
  ...terms,
  maxAheadMs: config.clock.maxAheadMs,
  clock: systemClock,
});

export function zooKeeperOptions(
  config: Config,
  connectString: string,
  log: Logger,
): ZooKeeperOptions {
  return {
    connectString,
    root: config.zookeeper.root,
    sessionTimeoutMs: config.worker.ttlMs,
    log,
    node: {
      address: advertisedHost(config),
      ...(config.zone !== undefined && { zone: config.zone }),
      softwareVersion: softwareVersion(),
    },
  };
}

export function softwareVersion(): string {
  const manifest = readFileSync(join(findConfigDir(), '../package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
