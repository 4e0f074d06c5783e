import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import libsql from 'libsql';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { withResolvers } from '../sql/deadline.js';
import type { SqlSession } from '../sql/sql-database.js';
import { SqliteDatabase } from './sqlite-database.js';

const folder = mkdtempSync(join(tmpdir(), 'idun-transaction-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

describe('a transaction on SQLite', () => {
  let file: string;
  let database: SqliteDatabase;
  beforeEach(async () => {
    file = join(folder, `${++files}.db`);
    database = new SqliteDatabase(file);
    await database.open();
    await database.within(5_000, async (sql) => {
      await sql.run('CREATE TABLE t (k integer PRIMARY KEY, v integer NOT NULL)');
      await sql.run('INSERT INTO t VALUES (1, 0), (2, 0)');
    });
    return () => database.close();
  });

  const add = (sql: SqlSession, k: number) => sql.run('UPDATE t SET v = v + 1 WHERE k = ?', [k]);

  /** As another process sees them: what is committed. */
  function values(): number[] {
    const sql = new libsql(file);
    const rows: unknown[] = sql.prepare('SELECT v FROM t ORDER BY k').all();
    sql.close();
    return rows.map((row) => Number(Reflect.get(Object(row), 'v')));
  }

  it('that is undone takes no statement of others with it', async () => {
    const begun = withResolvers<void>();
    const fail = withResolvers<void>();
    const undone = database.within(10_000, (sql) =>
      sql.transaction(async () => {
        await add(sql, 1);
        begun.resolve();
        await fail.promise;
        throw new Error('no');
      }),
    );
    const outcome = undone.catch((error: unknown) => error);
    await begun.promise;
    const other = database.within(10_000, (sql) => add(sql, 2));
    await delay(50);
    expect(values()).toEqual([0, 0]);
    fail.resolve();
    expect(await outcome).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await other;
    expect(values()).toEqual([0, 1]);
  });

  it('follows another one whole, also of another process', async () => {
    const locker = new libsql(file);
    locker.exec('BEGIN IMMEDIATE');
    const both = [1, 2].map(() =>
      database.within(10_000, (sql) =>
        sql.transaction(async () => {
          const { rows } = await sql.run('SELECT v FROM t WHERE k = 1');
          await delay(20);
          await sql.run('UPDATE t SET v = ? WHERE k = 1', [Number(rows[0]?.['v']) + 1]);
        }),
      ),
    );
    await delay(50);
    locker.exec('COMMIT');
    locker.close();
    await Promise.all(both);
    expect(values()).toEqual([2, 0]);
  });

  it('gives up in time while another process has the file', async () => {
    const locker = new libsql(file);
    locker.exec('BEGIN IMMEDIATE');
    const late = database.within(200, (sql) => sql.transaction(() => add(sql, 1)));
    await expect(late).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    locker.exec('COMMIT');
    locker.close();
    expect(values()).toEqual([0, 0]);
  });

  it('of which the time is over half-way is undone, and leaves the file to others', async () => {
    const awake = withResolvers<void>();
    let rest: Promise<unknown> | undefined;
    const late = database.within(200, (sql) =>
      sql.transaction(() => {
        const work = (async () => {
          await add(sql, 1);
          await awake.promise;
          return add(sql, 2);
        })();
        rest = work.catch((error: unknown) => error);
        return work;
      }),
    );
    const other = database.within(10_000, (sql) => add(sql, 2));
    await expect(late).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await other;
    expect(values()).toEqual([0, 1]);
    awake.resolve();
    expect(await rest).toBeInstanceOf(Error);
    expect(values()).toEqual([0, 1]);
  });

  it('ends before the file is closed', async () => {
    const begun = withResolvers<void>();
    const last = database.within(10_000, (sql) =>
      sql.transaction(async () => {
        begun.resolve();
        await delay(50);
        return add(sql, 1);
      }),
    );
    await begun.promise;
    const closed = database.close();
    expect((await last).affected).toBe(1);
    await closed;
    expect(values()).toEqual([1, 0]);
    await expect(database.within(100, (sql) => add(sql, 1))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
  });
});
