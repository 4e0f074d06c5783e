import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, systemScheduler, WorkerLease, WorkerRegistry } from '#core';
import { describeRangeLeaseStore } from '../../../testing/src/range-lease-store.contract.js';
import { describeSegmentStore } from '../../../testing/src/segment-store.contract.js';
import {
  startMariaDb,
  startMySql,
  type DatabaseServer,
} from '../../../testing/src/servers/index.js';
import { describeWorkerDirectory } from '../../../testing/src/worker-directory.contract.js';
import { describeWorkerLeaseStore } from '../../../testing/src/worker-lease-store.contract.js';
import { describeWorkerRecordStore } from '../../../testing/src/worker-record-store.contract.js';
import { describeWorkerReset } from '../../../testing/src/worker-reset.contract.js';
import { poisonedRecord, readRecord, writeAudited } from '../audit/poisoned-record.fixture.js';
import { openStore, type Store } from '../index.js';
import { MIGRATION_NAMES } from '../migrations/index.js';
import { leafTable, text } from './leaf-table.fixture.js';

const log = { info: () => undefined, warn: () => undefined };

describe.each([
  ['mysql', startMySql],
  ['mariadb', startMariaDb],
] as const)('on a real %s', (engine, start) => {
  let server: DatabaseServer;
  beforeAll(async () => void (server = await start()));
  afterAll(() => server.stop());

  async function open(database: string): Promise<Store> {
    const store = await openStore(server.url(database), { log });
    await store.ready();
    return store;
  }

  describeSegmentStore(engine, async () => {
    const database = await server.createDatabase();
    const store = await open(database);
    return {
      store: store.segments,
      async put(key, { maxId = 1n, step = 1_000, description }) {
        await server.query(
          `REPLACE INTO leaf_alloc (biz_tag, max_id, step, description)
           VALUES (${text(key)}, ${maxId}, ${step}, ${description ? text(description) : 'NULL'})`,
          database,
        );
      },
      async maxId(key) {
        const [row] = await server.query(
          `SELECT max_id FROM leaf_alloc WHERE biz_tag = ${text(key)}`,
          database,
        );
        return row ? BigInt(String(row['max_id'])) : undefined;
      },
      close: () => store.close(),
    };
  });

  describeRangeLeaseStore(engine, async () => {
    const database = await server.createDatabase();
    const nodes = await Promise.all([open(database), open(database)]);
    return {
      nodes,
      put: async (key, { maxId = 1n, step = 1_000 }) =>
        void (await server.query(
          `REPLACE INTO leaf_alloc (biz_tag, max_id, step) VALUES (${text(key)}, ${maxId}, ${step})`,
          database,
        )),
      remove: async (key) =>
        void (await server.query(`DELETE FROM leaf_alloc WHERE biz_tag = ${text(key)}`, database)),
      async maxId(key) {
        const [row] = await server.query(
          `SELECT max_id FROM leaf_alloc WHERE biz_tag = ${text(key)}`,
          database,
        );
        return row ? BigInt(String(row['max_id'])) : undefined;
      },
      makeOlder: async (leaseId, byMs) =>
        void (await server.query(
          `UPDATE idun_lease SET created_ms = created_ms - ${byMs} WHERE lease_id = '${leaseId}'`,
          database,
        )),
      close: async () => void (await Promise.all(nodes.map((node) => node.close()))),
    };
  });

  describe('worker leases', () => {
    let database: string;
    let store: Store;
    beforeAll(async () => {
      database = await server.createDatabase();
      store = await open(database);
    });
    afterAll(() => store.close());
    const emptyWorkers = async () => {
      await server.query('DELETE FROM idun_worker', database);
      return { workers: store.workers, close: async () => undefined };
    };
    describeWorkerLeaseStore(engine, emptyWorkers);
    describeWorkerRecordStore(engine, emptyWorkers);
    describeWorkerDirectory(engine, emptyWorkers);
    describeWorkerReset(engine, async () => {
      await server.query('DELETE FROM idun_worker; DELETE FROM idun_audit', database);
      const close = async () => undefined;
      return { node: async () => ({ workers: store.workers, close }), close };
    });
  });

  it('sets up every session before its first use', async () => {
    const database = await server.createDatabase();
    await server.query(
      "SET GLOBAL sql_mode = '', GLOBAL autocommit = 0, GLOBAL time_zone = '+03:00'",
    );
    const store = await openStore(server.url(database), { log });
    try {
      await store.ready();
      for (const source of Object.values(store.dataSources)) {
        // oxlint-disable-next-line no-await-in-loop
        const rows: unknown = await source.query(
          `SELECT CAST(@@autocommit + 0 AS CHAR) AS a, @@time_zone AS z, @@character_set_client AS c,
             FIND_IN_SET('STRICT_TRANS_TABLES', @@sql_mode) > 0 AS strict`,
        );
        expect(rows).toMatchObject([{ a: '1', z: '+03:00', c: 'utf8mb4' }]);
        expect(JSON.stringify(rows)).toMatch(/"strict":"?1/);
      }
      const clock = await acquire(store, { wallMs: Date.now() + 400 }).catch((e: unknown) => e);
      expect(clock).toMatchObject({ code: 'CLOCK_UNTRUSTED' });
      await expect(acquire(store)).resolves.toMatchObject({ workerId: 0 });
    } finally {
      await server.query(
        "SET GLOBAL sql_mode = DEFAULT, GLOBAL autocommit = 1, GLOBAL time_zone = 'SYSTEM'",
      );
      await store.close();
    }
  });

  it('lets fifty nodes start on an empty database at once, with fifty worker ids', async () => {
    const database = await server.createDatabase();
    const stores = await Promise.all(
      Array.from({ length: 50 }, () => openStore(server.url(database), { log })),
    );
    await Promise.all(stores.map((store) => store.ready()));
    const ranges = await Promise.all(
      stores.map((store) => store.segments.allocate('default', 10, 10_000)),
    );
    const starts = ranges.map(({ start: first }) => Number(first)).toSorted((a, b) => a - b);
    expect(starts).toEqual(Array.from({ length: 50 }, (_, i) => 1 + 10 * i));
    expect(await server.query('SELECT name FROM idun_migrations', database)).toHaveLength(
      MIGRATION_NAMES.length,
    );

    const leases = stores.map((store) => leaseOf(store));
    leases.forEach((lease, i) => lease.start(`node-${i}`));
    const ids = () => leases.map((lease) => workerIdOf(lease)).toSorted((a, b) => a - b);
    await expect.poll(ids, { timeout: 10_000 }).toEqual(Array.from({ length: 50 }, (_, i) => i));
    await Promise.all(leases.map((lease) => lease.stop()));
    await Promise.all(stores.map((store) => store.close()));
  });

  it('changes no record where the audit cannot be written, and leaves no transaction open', async () => {
    const database = await server.createDatabase();
    const store = await open(database);
    const { poisoned, reset } = await poisonedRecord(store);
    await server.query('RENAME TABLE idun_audit TO elsewhere', database);
    // More than there are connections, so that each would be found open.
    for (let call = 0; call < 6; call++) {
      // oxlint-disable-next-line no-await-in-loop
      await expect(writeAudited(store, poisoned, reset)).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
      });
    }
    expect(await readRecord(store)).toEqual(poisoned);
    await server.query('RENAME TABLE elsewhere TO idun_audit', database);
    expect(await writeAudited(store, { ...poisoned, version: 7 }, reset)).toBe(false);
    expect(await writeAudited(store, poisoned, reset)).toBe(true);
    const [row] = await server.query('SELECT version FROM idun_worker', database);
    expect(Number(row!['version'])).toBe(2);
    expect(await server.query('SELECT id FROM idun_audit', database)).toHaveLength(1);
    await store.close();
  });

  it('begins anew where a start was killed between creating the table and seeding it', async () => {
    const database = await server.createDatabase();
    await server.query('CREATE TABLE idun_new_leaf_alloc (half int)', database);
    const store = await open(database);
    expect(await store.segments.find('default', 2_000)).toMatchObject({ maxId: 1n, step: 1_000 });
    expect(await server.query("SHOW TABLES LIKE 'idun_new%'", database)).toEqual([]);
    await store.close();
  });

  it('serves segments to an account that may not create tables, and names what leases lack', async () => {
    const database = await server.createDatabase();
    await server.query(leafTable('utf8mb4', 'utf8mb4_bin'), database);
    await server.query(
      "INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('k', 1, 5)",
      database,
    );
    await server.query(
      `CREATE USER small_${engine} IDENTIFIED BY 'p'; GRANT SELECT, UPDATE, INSERT ON ${database}.* TO small_${engine}`,
    );
    const warnings: object[] = [];
    const store = await openStore(server.url(database, `small_${engine}`, 'p'), {
      log: { ...log, warn: (details, message) => void warnings.push({ ...details, message }) },
    });
    await store.ready();
    expect(await store.segments.allocate('k', 5, 2_000)).toEqual({ start: 1n, end: 6n });
    expect(warnings).toContainEqual(
      expect.objectContaining({
        missing: [
          'idun_worker',
          'idun_audit',
          'idun_lease',
          'idun_free_range',
          'idun_store',
          'idun_key',
          'idun_journal',
          'idun_key_control',
        ],
      }),
    );
    const failure = await acquire(store).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(String(Reflect.get(Object(failure), 'cause'))).toMatch(/idun_worker/);
    await store.close();
  });
});

function acquire(store: Store, { wallMs = Date.now() } = {}) {
  return new WorkerRegistry(store.workers, {
    firstWorkerId: 0,
    lastWorkerId: 0,
    leaseTtlMs: 1_000,
    graceMs: 0,
    maxAheadMs: 200,
    clock: { monotonicMs: () => performance.now() },
  }).acquire({ instance: 'a', owner: 'a#1', reserveUntilMs: 1, wallMs, timeoutMs: 2_000 });
}

/** As the service makes one. */
function leaseOf(store: Store): WorkerLease {
  const timing = { leaseTtlMs: 10_000, graceMs: 2_000, maxAheadMs: 10_000, clock: systemClock };
  return new WorkerLease(
    { owner: randomUUID(), ttlMs: 10_000, timeoutMs: 1_000 },
    {
      store: new WorkerRegistry(store.workers, {
        firstWorkerId: 0,
        lastWorkerId: 1_023,
        ...timing,
      }),
      clock: systemClock,
      scheduler: systemScheduler,
      random: Math.random,
      onChange: () => undefined,
    },
  );
}

function workerIdOf(lease: WorkerLease): number {
  try {
    return lease.held().workerId;
  } catch {
    return -1;
  }
}
