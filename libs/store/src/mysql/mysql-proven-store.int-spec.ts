import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeProvenStore } from '../../../testing/src/proven-store.contract.js';
import {
  startMariaDb,
  startMySql,
  type DatabaseServer,
} from '../../../testing/src/servers/index.js';
import { provenStoreFixture } from '../proven-store.fixture.js';
import { openStore } from '../index.js';
import { leafTable } from './leaf-table.fixture.js';

const log = { info: () => undefined, warn: () => undefined };
const TIMEOUT_MS = 10_000;

describe.each([
  ['mysql', startMySql],
  ['mariadb', startMariaDb],
] as const)('on a real %s', (engine, start) => {
  let server: DatabaseServer;
  beforeAll(async () => void (server = await start()));
  afterAll(() => server.stop());

  describeProvenStore(engine, async (hasJournal) => {
    const database = await server.createDatabase();
    return provenStoreFixture(server.url(database), hasJournal, (sql) =>
      server.query(sql, database),
    );
  });

  it('takes its ranges without a proof where only leaf_alloc is there, and only moves it forward', async () => {
    const database = await server.createDatabase();
    await server.query(leafTable('utf8mb4', 'utf8mb4_bin'), database);
    await server.query("INSERT INTO leaf_alloc VALUES ('k', 1, 5, NULL, NOW())", database);
    const account = `bare_${engine}`;
    await server.query(
      `CREATE USER ${account} IDENTIFIED BY 'p'; GRANT SELECT, UPDATE ON ${database}.leaf_alloc TO ${account}`,
    );
    const store = await openStore(server.url(database, account, 'p'), {
      log,
      journal: { holder: 'node' },
    });
    await store.ready();
    const { segments } = store;
    expect(await segments.allocate('k', 5, TIMEOUT_MS)).toEqual({ start: 1n, end: 6n });
    expect(await segments.allocate('k', 5, TIMEOUT_MS)).toEqual({ start: 6n, end: 11n });
    expect(
      await segments.takeFree('k', { floor: 1n, least: 1, size: 5 }, TIMEOUT_MS),
    ).toBeUndefined();
    expect(await segments.giveBack('k', { start: 6n, end: 11n }, 1n, TIMEOUT_MS)).toBe(0);
    await segments.dropFree('k', TIMEOUT_MS);
    const order = { seenEpoch: 0n, marginSteps: 16, holder: 'node' };
    expect(await segments.acceptServer(order, TIMEOUT_MS)).toBe(false);
    const heal = { key: 'k', to: 100n, seenLeases: 9n, marginSteps: 2, holder: 'n', reason: 'r' };
    expect(await segments.heal(heal, TIMEOUT_MS)).toEqual({ maxId: 110n, healed: true });
    expect(await segments.heal(heal, TIMEOUT_MS)).toEqual({ maxId: 110n, healed: false });
    await store.close();
  });

  it('moves keys by the margin whatever the character set of leaf_alloc', async () => {
    const database = await server.createDatabase();
    await server.query(leafTable('latin1', 'latin1_swedish_ci'), database);
    await server.query("INSERT INTO leaf_alloc VALUES ('k', 1, 5, NULL, NOW())", database);
    const store = await openStore(server.url(database), { log });
    await store.ready();
    const { segments } = store;
    const first = await segments.allocate('k', 100, TIMEOUT_MS);
    expect(first.proof).toEqual({ leases: 1n, epoch: 1n, isKnownServer: true });
    await server.query("UPDATE idun_store SET identity = 'other'", database);
    const order = { seenEpoch: 0n, marginSteps: 2, holder: 'node' };
    expect(await segments.acceptServer(order, TIMEOUT_MS)).toBe(true);
    const next = await segments.allocate('k', 5, TIMEOUT_MS);
    expect(next).toMatchObject({ start: 301n, proof: { epoch: 2n, isKnownServer: true } });
    await store.close();
  });
});
