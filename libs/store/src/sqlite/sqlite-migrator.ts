import { MigrationExecutor } from 'typeorm';
import { MIGRATION_NAMES } from '../migrations/index.js';
import { MIGRATIONS_TABLE } from '../migrations/names.js';
import type { SqliteDatabase } from './sqlite-database.js';

const LOCK_WAIT_MS = 10_000;

/** All in one transaction that holds the write lock from its beginning: killed half-way, nothing has happened. */
export async function migrateSqlite(database: SqliteDatabase): Promise<void> {
  if (!(await hasPendingMigrations(database))) return;
  await database.within(LOCK_WAIT_MS, (sql) =>
    sql.transaction(async () => {
      const { dataSource } = database;
      const executor = new MigrationExecutor(dataSource, dataSource.createQueryRunner());
      // The transaction is there already.
      executor.transaction = 'none';
      await executor.executePendingMigrations();
    }),
  );
}

async function hasPendingMigrations(database: SqliteDatabase): Promise<boolean> {
  return database.within(LOCK_WAIT_MS, async (sql) => {
    const table = await sql.run('SELECT 1 FROM sqlite_master WHERE name = ?', [MIGRATIONS_TABLE]);
    if (table.rows.length === 0) return true;
    const { rows } = await sql.run(`SELECT name FROM ${MIGRATIONS_TABLE}`);
    const done = new Set(rows.map((row) => String(row['name'])));
    return MIGRATION_NAMES.some((name) => !done.has(name));
  });
}
