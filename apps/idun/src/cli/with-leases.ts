import type { Store } from '#store';
import { openWorkerLeases, type WorkerLeases } from '../worker-leases.js';
import { withStore } from './with-store.js';

/** Opens what the configuration says holds the worker ids, for as long as `work` takes. No node has to run. */
export function withLeases<T>(
  work: (leases: WorkerLeases, store: Store) => Promise<T>,
): Promise<T> {
  return withStore(async (store, { config, log }) => {
    const leases = await openWorkerLeases(config, store, log);
    try {
      return await work(leases, store);
    } finally {
      await leases.close();
    }
  });
}
