import type { StoreFile } from '../checker/run-files.js';
import type { Cluster } from './cluster.js';

/** What the store holds now. */
export async function storeState({ servers, name }: Cluster): Promise<StoreFile> {
  const query = (sql: string) => servers.databases.primary.query(sql, name);
  const keys: StoreFile['keys'] = {};
  for (const row of await query('SELECT biz_tag, max_id FROM leaf_alloc')) {
    keys[String(row['biz_tag'])] = { maxId: String(row['max_id']), free: [] };
  }
  for (const row of await query(
    'SELECT biz_tag, start_id, start_id + size AS end_id FROM idun_free_range',
  )) {
    keys[String(row['biz_tag'])]?.free.push([String(row['start_id']), String(row['end_id'])]);
  }
  return { keys };
}
