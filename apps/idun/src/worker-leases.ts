import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import {
  parseLayout,
  workerIdRange,
  type WorkerDirectory,
  type WorkerLeaseTerms,
  type WorkerRecordStore,
} from '#core';
import { openStore, type Store } from '#store';
import { openZooKeeper } from '#zookeeper';
import { advertisedHost, findConfigDir, type Config } from './config/index.js';

/** Where worker ids are leased, and on which terms. */
export interface WorkerLeases {
  records: WorkerRecordStore & WorkerDirectory;
  terms: WorkerLeaseTerms;
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
  if (snowflake.enabled && worker.lease === 'static') return staticLease(config, first, log);
  const isZooKeeper = worker.lease === 'zookeeper' || worker.lease === 'auto';
  if (snowflake.enabled && isZooKeeper && zookeeper.connect !== undefined) {
    return { terms, ...zooKeeperLeases(config, zookeeper.connect, log) };
  }
  return { terms, records: store.workers, close: async () => undefined };
}

/** The reservation of a static id is kept where no database is needed: beside the process. */
async function staticLease(config: Config, first: number, log: Logger): Promise<WorkerLeases> {
  const own = await openStore(`sqlite:${join(config.dataDir, 'worker.db')}`, { log });
  const id = first + config.worker.id!;
  return {
    records: own.workers,
    terms: {
      firstWorkerId: id,
      lastWorkerId: id,
      leaseTtlMs: STATIC_TTL_MS,
      graceMs: STATIC_GRACE_MS,
    },
    close: () => own.close(),
  };
}

function zooKeeperLeases(config: Config, connectString: string, log: Logger) {
  const { workers, close } = openZooKeeper({
    connectString,
    root: config.zookeeper.root,
    sessionTimeoutMs: config.worker.ttlMs,
    log,
    node: {
      address: advertisedHost(config),
      ...(config.zone !== undefined && { zone: config.zone }),
      softwareVersion: softwareVersion(),
    },
  });
  return { records: workers, close };
}

export function softwareVersion(): string {
  const manifest = readFileSync(join(findConfigDir(), '../package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
