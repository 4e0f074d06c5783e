import { parseDatabaseUrl, redactUrl } from './database-url.js';
import { MySqlStore } from './mysql/mysql-store.js';
import { SqliteStore } from './sqlite/sqlite-store.js';
import type { Store, StoreLog } from './store.js';

/**
 * Opens the database of this URL. Returns at once: the store connects and migrates in the background, and calls before
 * that wait within their own time.
 * @throws Error for a URL that cannot be used
 */
export function openStore(url: string, options: { log: StoreLog }): Store {
  const target = parseDatabaseUrl(url);
  const name = redactUrl(url);
  return target.kind === 'mysql'
    ? new MySqlStore(target, name, options.log)
    : new SqliteStore(target, name, options.log);
}
