import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  startMariaDb,
  startMySql,
  type DatabaseServer,
} from '../../../testing/src/servers/index.js';
import { parseDatabaseUrl } from '../database-url.js';
import { withResolvers } from '../sql/deadline.js';
import type { SqlSession } from '../sql/sql-database.js';
import { MySqlHosts } from './mysql-hosts.js';
import { MySqlPool } from './mysql-pool.js';

const UNAVAILABLE = { code: 'STORE_UNAVAILABLE' };

describe.each([
  ['mysql', startMySql],
  ['mariadb', startMariaDb],
] as const)('a transaction on %s', (_engine, start) => {
  let server: DatabaseServer;
  let database: string;
  let pool: MySqlPool;
  beforeAll(async () => void (server = await start()));
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = await server.createDatabase();
    await server.query(
      'CREATE TABLE t (k int PRIMARY KEY, v int NOT NULL); INSERT INTO t VALUES (1, 0), (2, 0)',
      database,
    );
    pool = await open(2);
    return () => pool.close();
  });

  async function open(size: number): Promise<MySqlPool> {
    const target = parseDatabaseUrl(server.url(database));
    if (target.kind !== 'mysql') throw new Error('no MySQL URL');
    const hosts = new MySqlHosts(target.hosts, { nowMs: () => 0, onMove: () => undefined });
    const opened = new MySqlPool(target, hosts, 'lease', size);
    await opened.open();
    return opened;
  }

  const add = (sql: SqlSession, k: number) => sql.run('UPDATE t SET v = v + 1 WHERE k = ?', [k]);
  const values = async () =>
    (await server.query('SELECT v FROM t ORDER BY k', database)).map((row) => Number(row['v']));

  it('happens whole, and not at all where its work fails', async () => {
    const single = await open(1);
    await single.within(5_000, (sql) =>
      sql.transaction(async () => {
        await add(sql, 1);
        await add(sql, 2);
      }),
    );
    const failure = single.within(5_000, (sql) =>
      sql.transaction(async () => {
        await add(sql, 1);
        await sql.run('SELECT nonsense');
      }),
    );
    await expect(failure).rejects.toMatchObject(UNAVAILABLE);
    // On the same connection, and committed at once.
    await single.within(5_000, (sql) => add(sql, 2));
    expect(await values()).toEqual([1, 2]);
    const { rows } = await single.within(5_000, (sql) =>
      sql.run('SELECT @@session.wait_timeout = @@global.wait_timeout AS is_default'),
    );
    expect(Number(rows[0]?.['is_default'])).toBe(1);
    await single.close();
  });

  it('leaves no place behind in the queue for a row, once its caller has given up for long', async () => {
    const { rows } = await pool.within(5_000, (sql) =>
      sql.run('SELECT @@session.innodb_lock_wait_timeout AS seconds'),
    );
    expect(Number(rows[0]?.['seconds'])).toBe(10);
  });

  it('is run anew where it lost a deadlock', async () => {
    const both = withResolvers<void>();
    let first = 0;
    let runs = 0;
    const crossing = (from: number, to: number) =>
      pool.within(20_000, (sql) =>
        sql.transaction(async () => {
          runs++;
          await add(sql, from);
          // Each holds one row before it asks for the other's.
          if (++first === 2) both.resolve();
          await both.promise;
          await add(sql, to);
        }),
      );
    await Promise.all([crossing(1, 2), crossing(2, 1)]);
    expect(await values()).toEqual([2, 2]);
    expect(runs).toBe(3);
  });

  it('of which the time is over half-way has not happened', async () => {
    const locked = withResolvers<void>();
    const release = withResolvers<void>();
    const other = pool.within(30_000, (sql) =>
      sql.transaction(async () => {
        await sql.run('SELECT * FROM t WHERE k = 2 FOR UPDATE');
        locked.resolve();
        await release.promise;
      }),
    );
    await locked.promise;
    const late = pool.within(500, (sql) =>
      sql.transaction(async () => {
        await add(sql, 1);
        await add(sql, 2);
      }),
    );
    await expect(late).rejects.toMatchObject(UNAVAILABLE);
    release.resolve();
    await other;
    // Behind whatever the server still has of it: both rows can be had.
    await pool.within(20_000, (sql) => add(sql, 1));
    await pool.within(20_000, (sql) => add(sql, 2));
    expect(await values()).toEqual([1, 1]);
  });

  it('of a node that sleeps is undone by the server within seconds', async () => {
    const asleep = withResolvers<void>();
    const awake = withResolvers<void>();
    const sleeper = pool.within(60_000, (sql) =>
      sql.transaction(async () => {
        await add(sql, 1);
        asleep.resolve();
        await awake.promise;
        await add(sql, 2);
      }),
    );
    const outcome = sleeper.catch((error: unknown) => error);
    await asleep.promise;
    // The server alone would wait for the sleeper for hours, and for a row for 50 s.
    await pool.within(30_000, (sql) => add(sql, 1));
    awake.resolve();
    expect(await outcome).toMatchObject(UNAVAILABLE);
    expect(await values()).toEqual([1, 0]);
  });
});
