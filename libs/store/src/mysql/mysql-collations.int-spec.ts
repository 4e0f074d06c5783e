import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startMariaDb,
  startMySql,
  type DatabaseServer,
} from '../../../testing/src/servers/index.js';
import { openStore, type Store } from '../index.js';
import { leafTable, text } from './leaf-table.fixture.js';

const log = { info: () => undefined, warn: () => undefined };

describe.each([
  ['mysql', startMySql],
  ['mariadb', startMariaDb],
] as const)('a leaf_alloc that somebody else made, on a real %s', (engine, start) => {
  let server: DatabaseServer;
  beforeAll(async () => void (server = await start()));
  afterAll(() => server.stop());

  const tables: [charset: string, collate: string, ours: string[]][] = [
    ['utf8mb4', 'utf8mb4_general_ci', ['order', 'ordre', '🙂', 'ключ']],
    ['utf8mb4', 'utf8mb4_unicode_ci', ['order', 'ordre', 'ключ']],
    ['utf8mb4', 'utf8mb4_bin', ['order', 'ORDER', 'ordér', '🙂', '🙃']],
    ['utf8mb3', 'utf8mb3_general_ci', ['order', 'ключ', 'zähler']],
    ['latin1', 'latin1_swedish_ci', ['order', 'zähler']],
    ['ascii', 'ascii_general_ci', ['order']],
  ];
  if (engine === 'mysql') tables.push(['utf8mb4', 'utf8mb4_0900_ai_ci', ['order', '🙂', 'ключ']]);

  describe.each(tables)('a table in %s, %s', (charset, collate, ours) => {
    const foreign = [
      'order ',
      'Order',
      'ÖRDER',
      'ordér',
      'ordеr',
      '🙁',
      'КЛЮЧ',
      'ZÄHLER',
      'zahler',
      '订',
    ];
    let database: string;
    let store: Store;
    beforeAll(async () => {
      database = await server.createDatabase();
      await server.query(leafTable(charset, collate), database);
      store = await openStore(server.url(database), { log });
      await store.ready();
    });
    afterAll(() => store.close());

    it('keeps keys apart byte by byte, and finds each by the primary key', async () => {
      for (const [i, key] of ours.entries()) {
        const insert = `INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES (${text(key)}, ${100 * (i + 1)}, 5)`;
        // oxlint-disable-next-line no-await-in-loop
        await server.query(insert, database);
      }
      for (const key of foreign.filter((each) => !ours.includes(each))) {
        // oxlint-disable-next-line no-await-in-loop
        expect(await store.segments.find(key, 2_000)).toBeUndefined();
        // oxlint-disable-next-line no-await-in-loop
        await expect(store.segments.allocate(key, 5, 2_000)).rejects.toMatchObject({
          code: 'KEY_NOT_FOUND',
        });
      }
      for (const [i, key] of ours.entries()) {
        const first = BigInt(100 * (i + 1));
        // oxlint-disable-next-line no-await-in-loop
        expect(await store.segments.find(key, 2_000)).toMatchObject({ key, maxId: first });
        // oxlint-disable-next-line no-await-in-loop
        const { start: from, end } = await store.segments.allocate(key, 5, 2_000);
        expect({ key, start: from, end }).toEqual({ key, start: first, end: first + 5n });
      }
    });

    it('locks and reads one row, by the primary key', async () => {
      const { allocation } = store.dataSources;
      const plan: unknown = await allocation.query(
        `EXPLAIN UPDATE leaf_alloc SET max_id = LAST_INSERT_ID(GREATEST(max_id, 1) + 5)
         WHERE biz_tag = ? AND CAST(CONVERT(biz_tag USING utf8mb4) AS BINARY) = CAST(? AS BINARY)
           AND max_id <= 100000`,
        ['order', 'order'],
      );
      expect(plan).toMatchObject([
        { key: 'PRIMARY', rows: expect.toSatisfy((n) => Number(n) === 1) },
      ]);
    });

    it('finds both rows of a counted allocation by their primary keys', async () => {
      const { allocation } = store.dataSources;
      await store.segments.allocate('order', 5, 2_000);
      const plan: unknown = await allocation.query(
        `EXPLAIN UPDATE leaf_alloc l LEFT JOIN idun_key k ON k.biz_tag = ?
         SET l.max_id = LAST_INSERT_ID(GREATEST(l.max_id, 1) + 5), k.leases = k.leases + 1
         WHERE l.biz_tag = ?
           AND CAST(CONVERT(l.biz_tag USING utf8mb4) AS BINARY) = CAST(? AS BINARY)
           AND l.max_id <= 100000`,
        ['order', 'order', 'order'],
      );
      const byPrimaryKey = { key: 'PRIMARY', rows: expect.toSatisfy((n) => Number(n) === 1) };
      expect(plan).toMatchObject([
        { table: 'l', ...byPrimaryKey },
        { table: 'k', ...byPrimaryKey },
      ]);
    });

    it('is not altered or seeded', async () => {
      const [row] = await server.query('SHOW CREATE TABLE leaf_alloc', database);
      expect(String(row?.['Create Table'])).toContain(`CHARSET=${charset}`);
      expect(await store.segments.find('default', 2_000)).toBeUndefined();
    });
  });
});
