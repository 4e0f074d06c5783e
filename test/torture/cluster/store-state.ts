import type { JournalEntry, StoreFile } from '../checker/run-files.js';
import type { Cluster } from './cluster.js';

/** What the store holds now. */
export async function storeState({ servers, name }: Cluster): Promise<StoreFile> {
  const query = (sql: string) => servers.databases.primary.query(sql, name);
  const keys: StoreFile['keys'] = {};
  for (const row of await query('SELECT biz_tag, max_id, step FROM leaf_alloc')) {
    keys[String(row['biz_tag'])] = {
      maxId: String(row['max_id']),
      step: Number(row['step']),
      free: [],
      journal: [],
    };
  }
  for (const row of await query(
    'SELECT biz_tag, start_id, start_id + size AS end_id FROM idun_free_range',
  )) {
    keys[String(row['biz_tag'])]?.free.push([String(row['start_id']), String(row['end_id'])]);
  }
  const events: StoreFile['events'] = [];
  for (const row of await query('SELECT * FROM idun_journal ORDER BY id')) {
    const [key, kind] = [String(row['biz_tag']), String(row['kind'])];
    if (kind === 'segment' || kind === 'lease') keys[key]?.journal?.push(entryOf(row));
    else events.push({ kind, key, reason: String(row['reason']) });
  }
  return { keys, events };
}

function entryOf(row: Record<string, unknown>): JournalEntry {
  const { returned_from: returnedFrom } = row;
  return {
    kind: String(row['kind']) as JournalEntry['kind'],
    start: String(row['start_id']),
    end: String(row['end_id']),
    holder: String(row['holder']),
    state: String(row['state']) as JournalEntry['state'],
    returnedFrom: typeof returnedFrom === 'string' ? returnedFrom : null,
    atMs: Number(row['at_ms']),
  };
}
