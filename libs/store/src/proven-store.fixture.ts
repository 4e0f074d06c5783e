import { setTimeout as delay } from 'node:timers/promises';
import type { ProvenStoreFixture } from '../../testing/src/proven-store-bench.js';
import { openStore } from './index.js';

type Rows = Record<string, unknown>[];

const HOLDERS = ['node-0', 'node-1'];
const TABLES = [
  'leaf_alloc',
  'idun_store',
  'idun_key',
  'idun_free_range',
  'idun_lease',
  'idun_journal',
];

/** Two nodes over one database, and what somebody does to it with SQL of his own, which `query` runs. */
export async function provenStoreFixture(
  url: string,
  hasJournal: boolean,
  query: (sql: string) => Promise<Rows>,
): Promise<ProvenStoreFixture> {
  const log = { info: () => undefined, warn: () => undefined };
  const open = async (holder?: string) => {
    const store = await openStore(url, { log, journal: holder ? { holder } : undefined });
    await store.ready();
    return store;
  };
  const nodes = await Promise.all(HOLDERS.map((holder) => open(hasJournal ? holder : undefined)));
  const silent = await open();
  const run = async (...statements: string[]) => {
    // oxlint-disable-next-line no-await-in-loop -- in this order
    for (const each of statements) await query(each);
  };
  let saved = 0;
  return {
    nodes,
    holders: HOLDERS,
    silent,
    tick: () => delay(5),
    put: (key, { maxId = 1n, step = 1_000 } = {}) =>
      run(`REPLACE INTO leaf_alloc (biz_tag, max_id, step) VALUES ('${key}', ${maxId}, ${step})`),
    async maxId(key) {
      const [row] = await query(
        `SELECT CAST(max_id AS CHAR) AS max_id FROM leaf_alloc WHERE biz_tag = '${key}'`,
      );
      return row ? BigInt(String(row['max_id'])) : undefined;
    },
    leafTakes: (key, size) =>
      run(`UPDATE leaf_alloc SET max_id = max_id + ${size} WHERE biz_tag = '${key}'`),
    forgetServer: () => run("UPDATE idun_store SET identity = 'other'"),
    async save() {
      const copies = TABLES.map((table) => [table, `saved_${saved}_${table}`]);
      saved++;
      await run(...copies.map(([table, copy]) => `CREATE TABLE ${copy} AS SELECT * FROM ${table}`));
      return () =>
        run(
          ...copies.flatMap(([table, copy]) => [
            `DELETE FROM ${table}`,
            `INSERT INTO ${table} SELECT * FROM ${copy}`,
          ]),
        );
    },
    makeJournalOlder: (byMs) => run(`UPDATE idun_journal SET at_ms = at_ms - ${byMs}`),
    close: async () => void (await Promise.all([...nodes, silent].map((node) => node.close()))),
  };
}
