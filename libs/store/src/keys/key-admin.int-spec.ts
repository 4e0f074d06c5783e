import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import libsql from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeKeyAdmin } from '../../../testing/src/key-admin.contract.js';
import {
  startMariaDb,
  startMySql,
  type DatabaseServer,
} from '../../../testing/src/servers/index.js';
import { openStore, type Store } from '../index.js';
import { leafTable } from '../mysql/leaf-table.fixture.js';

const log = { info: () => undefined, warn: () => undefined };
const BY = { actor: 'alice@desk' };
const TIMEOUT_MS = 5_000;

interface Engine {
  /** The URL of a new database. */
  create(): Promise<{ url: string; query: (sql: string) => Promise<Record<string, unknown>[]> }>;
  stop(): Promise<void>;
}

async function serverEngine(start: () => Promise<DatabaseServer>): Promise<Engine> {
  const server = await start();
  return {
    async create() {
      const database = await server.createDatabase();
      return {
        url: server.url(database),
        query: (sql) => server.query(sql, database),
      };
    },
    stop: () => server.stop(),
  };
}

async function fileEngine(): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'idun-keys-'));
  let files = 0;
  return {
    async create() {
      const file = join(folder, `${++files}.db`);
      const query = async (text: string) => {
        const sql = new libsql(file, { timeout: 5_000 });
        try {
          const statement = sql.prepare(text);
          if (statement.reader) return statement.all() as Record<string, unknown>[];
          statement.run();
          return [];
        } finally {
          sql.close();
        }
      };
      return { url: `sqlite:${file}`, query };
    },
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function opened(url: string): Promise<Store> {
  const store = await openStore(url, { log });
  await store.ready();
  return store;
}

describe.each([
  ['sqlite', fileEngine],
  ['mysql', () => serverEngine(startMySql)],
  ['mariadb', () => serverEngine(startMariaDb)],
] as const)('on a real %s', (name, start) => {
  let engine: Engine;
  beforeAll(async () => void (engine = await start()));
  afterAll(() => engine.stop());

  describeKeyAdmin(name, async () => {
    const { url, query } = await engine.create();
    const store = await opened(url);
    return {
      keys: store.keys,
      segments: store.segments,
      journal: store.journal,
      audit: () => store.workers.auditRecords(1, TIMEOUT_MS),
      put: async (key, { maxId = 1n, step = 1_000 }) =>
        void (await query(
          `INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('${key}', ${maxId}, ${step})`,
        )),
      close: () => store.close(),
    };
  });

  it('begins a key clean whose row somebody deleted by hand', async () => {
    const { url, query } = await engine.create();
    const store = await opened(url);
    try {
      const order = {
        key: 'default',
        size: 50,
        requestId: 'r',
        leaseId: 'l',
        needsConfirmation: false,
      };
      await store.leases.lease(order, TIMEOUT_MS);
      await query(`INSERT INTO idun_free_range VALUES ('default', 20, 5)`);
      await query(`DELETE FROM leaf_alloc WHERE biz_tag = 'default'`);
      const wanted = { key: 'default', start: 1n, step: 10, description: undefined };
      await store.keys.create(wanted, BY, TIMEOUT_MS);
      const leaseAgain = { ...order, leaseId: 'l2' };
      expect(await store.leases.lease(leaseAgain, TIMEOUT_MS)).toMatchObject({
        start: 1n,
        end: 51n,
      });
      const giveBack = { leaseId: 'l', from: 20n, key: undefined };
      await expect(store.leases.return(giveBack, TIMEOUT_MS)).rejects.toMatchObject({
        code: 'LEASE_NOT_FOUND',
      });
    } finally {
      await store.close();
    }
  });

  it('tells every control while the row of the store is not there', async () => {
    const { url, query } = await engine.create();
    const store = await opened(url);
    try {
      await query('DELETE FROM idun_store');
      const first = await store.keys.controls(undefined, TIMEOUT_MS);
      await store.keys.change('default', { suspended: true }, BY, TIMEOUT_MS);
      const second = await store.keys.controls(first!.revision, TIMEOUT_MS);
      expect(second?.controls.has('default')).toBe(true);
    } finally {
      await store.close();
    }
  });
});

describe.each([
  ['mysql', startMySql],
  ['mariadb', startMariaDb],
] as const)('a leaf_alloc that somebody else made, on a real %s', (_name, start) => {
  let server: DatabaseServer;
  beforeAll(async () => void (server = await start()));
  afterAll(() => server.stop());

  it.each([
    ['utf8mb4', 'utf8mb4_general_ci', '订'],
    ['latin1', 'latin1_swedish_ci', '订'],
  ])('in %s, %s: takes no other key for the one that was meant', async (charset, collate, odd) => {
    const database = await server.createDatabase();
    await server.query(leafTable(charset, collate), database);
    const store = await opened(server.url(database));
    const { keys } = store;
    const make = (key: string, description?: string) =>
      keys.create({ key, start: 1n, step: 10, description }, BY, TIMEOUT_MS);
    try {
      await make('order');
      await expect(make('order')).rejects.toMatchObject({
        code: 'KEY_EXISTS',
        message: "There is a key 'order' already: change it instead.",
      });
      await expect(make('ORDER')).rejects.toMatchObject({
        code: 'KEY_EXISTS',
        message: expect.stringContaining("'ORDER' and the key 'order' that exists"),
      });
      for (const work of [
        () => keys.change('ORDER', { suspended: true }, BY, TIMEOUT_MS),
        () => keys.advance('ORDER', { by: 5n }, BY, TIMEOUT_MS),
        () => keys.delete('ORDER', BY, TIMEOUT_MS),
      ]) {
        // oxlint-disable-next-line no-await-in-loop
        await expect(work()).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
      }
      await keys.change('order', { suspended: true, description: 'é' }, BY, TIMEOUT_MS);
      expect(await keys.get('order', TIMEOUT_MS)).toMatchObject({
        maxId: 1n,
        suspended: true,
        description: 'é',
      });
      await make('zähler');
      const listed = await keys.list('a', 10, TIMEOUT_MS);
      expect(listed.map(({ key, suspended }) => [key, suspended])).toEqual([
        ['order', true],
        ['zähler', false],
      ]);
      expect(await keys.list(odd, 10, TIMEOUT_MS)).toEqual([]);
      if (charset === 'latin1') {
        const unstorable = { code: 'KEY_INVALID' };
        await expect(make(odd)).rejects.toMatchObject(unstorable);
        await expect(make('plain', odd)).rejects.toMatchObject(unstorable);
        await expect(
          keys.change('order', { description: odd }, BY, TIMEOUT_MS),
        ).rejects.toMatchObject(unstorable);
      }
      await keys.delete('order', BY, TIMEOUT_MS);
      expect(await make('ORDER')).toMatchObject({ key: 'ORDER', maxId: 1n });
    } finally {
      await store.close();
    }
  });

  it('shows keys to an account that has leaf_alloc alone, and lets it change nothing', async () => {
    const database = await server.createDatabase();
    await server.query(leafTable('utf8mb4', 'utf8mb4_bin'), database);
    const account = `keys_${randomBytes(4).toString('hex')}`;
    await server.query(
      `INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('order', 7, 5);
       CREATE USER ${account} IDENTIFIED BY 'p';
       GRANT SELECT, UPDATE, INSERT, DELETE ON ${database}.* TO ${account}`,
      database,
    );
    const store = await opened(server.url(database, account, 'p'));
    const { keys } = store;
    try {
      const order = { key: 'order', maxId: 7n, suspended: false };
      expect(await keys.get('order', TIMEOUT_MS)).toMatchObject(order);
      expect(await keys.list(undefined, 5, TIMEOUT_MS)).toMatchObject([order]);
      expect(await keys.controls(undefined, TIMEOUT_MS)).toBeUndefined();
      for (const work of [
        () => keys.change('order', { suspended: true }, BY, TIMEOUT_MS),
        () => keys.advance('order', { by: 5n }, BY, TIMEOUT_MS),
        () => keys.delete('order', BY, TIMEOUT_MS),
      ]) {
        // oxlint-disable-next-line no-await-in-loop
        await expect(work()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      }
      expect(await keys.get('order', TIMEOUT_MS)).toMatchObject(order);
    } finally {
      await store.close();
    }
  });
});
