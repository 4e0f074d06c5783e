import type { Logger } from 'pino';
import { openStore, type Store } from '#store';
import { loadConfig, type Config } from '../config/index.js';
import { createLogger } from '../logging/index.js';

/** For one call; a store that is not there is reported after it. */
export const CALL_TIMEOUT_MS = 3_000;

/** Opens the database of the configuration for as long as `work` takes. No node has to run. */
export async function withStore<T>(
  work: (store: Store, settings: { config: Config; log: Logger }) => Promise<T>,
): Promise<T> {
  const config = loadConfig({ env: process.env });
  // What fails is told with its cause; the adapters' own lines are for a service that runs.
  const log = await createLogger({ level: 'silent', pretty: false });
  const store = await openStore(config.databaseUrls[0]!, { log });
  try {
    return await work(store, { config, log });
  } finally {
    await store.close();
  }
}
