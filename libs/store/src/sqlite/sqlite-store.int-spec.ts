import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import libsql from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeProvenStore } from '../../../testing/src/proven-store.contract.js';
import { describeRangeLeaseStore } from '../../../testing/src/range-lease-store.contract.js';
import { describeSegmentStore } from '../../../testing/src/segment-store.contract.js';
import { describeWorkerDirectory } from '../../../testing/src/worker-directory.contract.js';
import { describeWorkerLeaseStore } from '../../../testing/src/worker-lease-store.contract.js';
import { describeWorkerRecordStore } from '../../../testing/src/worker-record-store.contract.js';
import { describeWorkerReset } from '../../../testing/src/worker-reset.contract.js';
import { poisonedRecord, readRecord, writeAudited } from '../audit/poisoned-record.fixture.js';
import { openStore, type Store } from '../index.js';
import { provenStoreFixture } from '../proven-store.fixture.js';
import type { SqlRow } from '../sql/sql-database.js';
import { isBusy } from './sqlite-errors.js';

const log = { info: () => undefined, warn: () => undefined };
const folder = mkdtempSync(join(tmpdir(), 'idun-sqlite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newFile = () => join(folder, 'made', 'on', 'demand', `${++files}.db`);

describeSegmentStore('sqlite', async () => {
  const file = newFile();
  const store = await openStore(`sqlite:${file}`, { log });
  await store.ready();
  const sql = new libsql(file);
  return {
    store: store.segments,
    async put(key, { maxId = 1n, step = 1_000, description }) {
      sql
        .prepare(
          `INSERT INTO leaf_alloc (biz_tag, max_id, step, description) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET max_id = excluded.max_id, step = excluded.step`,
        )
        .run(key, maxId, BigInt(step), description ?? null);
    },
    async maxId(key) {
      const row: unknown = sql
        .prepare('SELECT CAST(max_id AS TEXT) AS max_id FROM leaf_alloc WHERE biz_tag = ?')
        .get(key);
      return row ? BigInt(String(Reflect.get(Object(row), 'max_id'))) : undefined;
    },
    async close() {
      sql.close();
      await store.close();
    },
  };
});

describeRangeLeaseStore('sqlite', async () => {
  const file = newFile();
  const stores = await Promise.all([1, 2].map(() => openStore(`sqlite:${file}`, { log })));
  await Promise.all(stores.map((store) => store.ready()));
  const sql = new libsql(file, { timeout: 5_000 });
  return {
    nodes: stores,
    put: async (key, { maxId = 1n, step = 1_000 }) =>
      void sql
        .prepare(
          `INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES (?, ?, ?)
           ON CONFLICT DO UPDATE SET max_id = excluded.max_id, step = excluded.step`,
        )
        .run(key, maxId, BigInt(step)),
    remove: async (key) => void sql.prepare('DELETE FROM leaf_alloc WHERE biz_tag = ?').run(key),
    async maxId(key) {
      const row: unknown = sql
        .prepare('SELECT CAST(max_id AS TEXT) AS max_id FROM leaf_alloc WHERE biz_tag = ?')
        .get(key);
      return row ? BigInt(String(Reflect.get(Object(row), 'max_id'))) : undefined;
    },
    makeOlder: async (leaseId, byMs) =>
      void sql
        .prepare('UPDATE idun_lease SET created_ms = created_ms - ? WHERE lease_id = ?')
        .run(BigInt(byMs), leaseId),
    async close() {
      sql.close();
      await Promise.all(stores.map((store) => store.close()));
    },
  };
});

describeProvenStore('sqlite', async (hasJournal) => {
  const file = newFile();
  const once = (statement: string) => {
    if (statement.startsWith('SELECT')) return sql.prepare(statement).all() as SqlRow[];
    sql.exec(statement);
    return [];
  };
  const fixture = await provenStoreFixture(`sqlite:${file}`, hasJournal, async (statement) => {
    for (;;) {
      try {
        return once(statement);
      } catch (error) {
        if (!isBusy(error)) throw error;
      }
      // Whoever holds the lock lives in this process, and needs its turn.
      // oxlint-disable-next-line no-await-in-loop
      await delay(5);
    }
  });
  // The store makes its folder.
  const sql = new libsql(file, { timeout: 1 });
  return fixture;
});

const emptyWorkers = async () => {
  const store = await openStore(`sqlite:${newFile()}`, { log });
  await store.ready();
  return { workers: store.workers, close: () => store.close() };
};
describeWorkerLeaseStore('sqlite', emptyWorkers);
describeWorkerRecordStore('sqlite', emptyWorkers);
describeWorkerDirectory('sqlite', emptyWorkers);

describeWorkerReset('sqlite', async () => {
  const store = await openStore(`sqlite:${newFile()}`, { log });
  const node = { workers: store.workers, close: async () => undefined };
  return { node: async () => node, close: () => store.close() };
});

describe('a SQLite file', () => {
  let file: string;
  beforeAll(async () => {
    file = newFile();
    await using(file, async () => undefined);
  });

  it('has the key default, once', async () => {
    await using(file, async (store) => {
      const record = await store.segments.find('default', 1_000);
      expect(record).toMatchObject({ maxId: 1n, step: 1_000 });
    });
    const sql = new libsql(file);
    sql.exec("DELETE FROM leaf_alloc WHERE biz_tag = 'default'");
    sql.close();
    await using(file, async (store) =>
      expect(await store.segments.find('default', 1_000)).toBeUndefined(),
    );
  });

  it('is durable: WAL with synchronous FULL, and integers only', async () => {
    await using(file, async (store) => {
      const { admin } = store.dataSources;
      expect(await admin.query('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
      expect(await admin.query('PRAGMA synchronous')).toEqual([{ synchronous: 2 }]);
      await expect(
        admin.query("INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('f', 1.5, 1)"),
      ).rejects.toThrow(/CHECK/);
    });
  });

  it('is served by a table that Leaf or an operator made before, unseeded', async () => {
    const other = join(folder, 'made-before.db');
    const sql = new libsql(other);
    sql.exec(
      'CREATE TABLE leaf_alloc (biz_tag TEXT PRIMARY KEY, max_id INTEGER, step INTEGER, description TEXT, update_time TEXT)',
    );
    sql.exec("INSERT INTO leaf_alloc VALUES ('old', 7, 5, NULL, NULL)");
    sql.close();
    await using(other, async (store) => {
      expect(await store.segments.allocate('old', 5, 1_000)).toMatchObject({ start: 7n, end: 12n });
      expect(await store.segments.find('default', 1_000)).toBeUndefined();
    });
  });

  it('waits for a lock without blocking the process, and gives up in time', async () => {
    await using(newFile(), async (store) => {
      const locker = new libsql(store.name.slice('sqlite:'.length));
      locker.exec('BEGIN IMMEDIATE');
      let turns = 0;
      const ticker = setInterval(() => turns++, 5);
      const began = performance.now();
      await expect(store.segments.allocate('default', 10, 300)).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
      });
      expect(performance.now() - began).toBeLessThan(800);
      clearInterval(ticker);
      expect(turns).toBeGreaterThan(10);
      const waiting = store.segments.allocate('default', 10, 2_000);
      await delay(50);
      locker.exec('COMMIT');
      locker.close();
      expect(await waiting).toMatchObject({ start: 1n, end: 11n });
    });
  });

  it('gives up in time and says why when it cannot be opened', async () => {
    const warnings: object[] = [];
    writeFileSync(join(folder, 'no-folder'), '');
    const store = await openStore(`sqlite:${join(folder, 'no-folder', 'in', 'idun.db')}`, {
      log: { ...log, warn: (details) => void warnings.push(details) },
    });
    await expect.poll(() => store.status().lastError).toBeDefined();
    const failure = await store.segments.find('default', 200).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(Reflect.get(Object(failure), 'cause')).toMatchObject({ code: 'ENOTDIR' });
    expect(warnings).toHaveLength(1);
    expect(store.status()).toMatchObject({ state: 'connecting', lastError: { code: 'ENOTDIR' } });
    await store.close();
    await expect(store.ready()).rejects.toThrow(/closed/);
    await expect(store.segments.ping(100)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('changes no record where the audit cannot be written, and serves on', async () => {
    await using(newFile(), async (store) => {
      const { poisoned, reset } = await poisonedRecord(store);
      await store.dataSources.admin.query('ALTER TABLE idun_audit RENAME TO elsewhere');
      const unavailable = { code: 'STORE_UNAVAILABLE' };
      await expect(writeAudited(store, poisoned, reset)).rejects.toMatchObject(unavailable);
      expect(await readRecord(store)).toEqual(poisoned);
      await store.dataSources.admin.query('ALTER TABLE elsewhere RENAME TO idun_audit');
      expect(await writeAudited(store, poisoned, reset)).toBe(true);
      expect(await readRecord(store)).toEqual(reset);
    });
  });

  it('undoes nothing of what others do at the same time', async () => {
    await using(newFile(), async (store) => {
      const { poisoned, reset } = await poisonedRecord(store);
      const [ranges] = await Promise.all([
        Promise.all(
          Array.from({ length: 20 }, () => store.segments.allocate('default', 10, 5_000)),
        ),
        ...Array.from({ length: 20 }, () =>
          writeAudited(store, { ...poisoned, version: 7 }, reset).then((isDone) =>
            expect(isDone).toBe(false),
          ),
        ),
      ]);
      const starts = ranges.map(({ start }) => Number(start)).toSorted((a, b) => a - b);
      expect(starts).toEqual(Array.from({ length: 20 }, (_, i) => 1 + 10 * i));
      expect(await store.segments.allocate('default', 10, 5_000)).toMatchObject({ start: 201n });
    });
  });

  it('lets many stores start on an empty file at once', async () => {
    const shared = newFile();
    const stores = await Promise.all(
      Array.from({ length: 20 }, () => openStore(`sqlite:${shared}`, { log })),
    );
    await Promise.all(stores.map((store) => store.ready()));
    const ranges = await Promise.all(
      stores.map((store) => store.segments.allocate('default', 10, 10_000)),
    );
    const starts = ranges.map(({ start }) => Number(start)).toSorted((a, b) => a - b);
    expect(starts).toEqual(Array.from({ length: 20 }, (_, i) => 1 + 10 * i));
    await Promise.all(stores.map((store) => store.close()));
  });

  it('serves two processes that start on it at once', async () => {
    const shared = newFile();
    const ranges = await Promise.all([1, 2].map(() => allocateElsewhere(shared, 300)));
    const starts = ranges.flat().toSorted((a, b) => a - b);
    expect(starts).toEqual(Array.from({ length: 600 }, (_, i) => 1 + 10 * i));
  });
});

async function using(file: string, work: (store: Store) => Promise<void>): Promise<void> {
  const store = await openStore(`sqlite:${file}`, { log });
  try {
    await store.ready();
    await work(store);
  } finally {
    await store.close();
  }
}

/** Another process allocates `count` ranges of ten; gives their starts. */
async function allocateElsewhere(file: string, count: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    fileURLToPath(new URL('../../../testing/run-typescript.mjs', import.meta.url)),
    fileURLToPath(new URL('./allocate.fixture.ts', import.meta.url)),
    file,
    String(count),
  ]);
  const starts: unknown = JSON.parse(stdout);
  return Array.isArray(starts) ? starts.map(Number) : [];
}
