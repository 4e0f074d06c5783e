import { parseDatabaseUrl, redactUrl } from './database-url.js';
import type { Store, StoreOptions } from './store.js';

/**
 * Opens the database of this URL. Does not wait for it: the store connects and migrates in the background, and calls
 * before that wait within their own time.
 * @throws Error for a URL that cannot be used
 */
export async function openStore(url: string, options: StoreOptions): Promise<Store> {
  const target = parseDatabaseUrl(url);
  const name = redactUrl(url);
  // Only the driver that is used is loaded: each costs several megabytes of memory.
  if (target.kind === 'mysql') {
    const { MySqlStore } = await import('./mysql/mysql-store.js');
    return new MySqlStore(target, name, options);
  }
  const { SqliteStore } = await import('./sqlite/sqlite-store.js');
  return new SqliteStore(target, name, options);
}
