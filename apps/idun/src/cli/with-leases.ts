import { openStore } from '#store';
import { loadConfig } from '../config/index.js';
import { createLogger } from '../logging/index.js';
import { openWorkerLeases, type WorkerLeases } from '../worker-leases.js';

/** For one call; a store that is not there is reported after it. */
export const CALL_TIMEOUT_MS = 3_000;

/** Opens what the configuration says holds the worker ids, for as long as `work` takes. No node has to run. */
export async function withLeases<T>(work: (leases: WorkerLeases) => Promise<T>): Promise<T> {
  const config = loadConfig({ env: process.env });
  // What fails is told with its cause; the adapters' own lines are for a service that runs.
  const log = await createLogger({ level: 'silent', pretty: false });
  const store = await openStore(config.databaseUrls[0]!, { log });
  const leases = await openWorkerLeases(config, store, log);
  try {
    return await work(leases);
  } finally {
    await Promise.all([store.close(), leases.close()]);
  }
}
