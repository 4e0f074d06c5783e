import { createHash } from 'node:crypto';
import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';
import { Deadline } from '../sql/deadline.js';
import type { SqlSession } from '../sql/sql-database.js';
import { MIGRATION_NAMES } from '../migrations/index.js';
import { MIGRATIONS_TABLE } from '../migrations/names.js';
import { isForbidden, isNoSuchTable } from './mysql-errors.js';

const LOCK_WAIT_SECONDS = 20;
const MIGRATION_TIMEOUT_MS = 60_000;

export async function hasPendingMigrations(sql: SqlSession): Promise<boolean> {
  try {
    const { rows } = await sql.run(`SELECT name FROM ${MIGRATIONS_TABLE}`);
    const done = new Set(rows.map((row) => String(row['name'])));
    return MIGRATION_NAMES.some((name) => !done.has(name));
  } catch (error) {
    if (isNoSuchTable(error) || isForbidden(error)) return true;
    throw error;
  }
}

/** False for a table that this account may not read as well. */
export async function hasTable(sql: SqlSession, name: string): Promise<boolean> {
  try {
    await sql.run(`SELECT 1 FROM ${name} LIMIT 0`);
    return true;
  } catch (error) {
    if (isNoSuchTable(error) || isForbidden(error)) return false;
    throw error;
  }
}

/**
 * Runs what is pending, on the very connection that holds the lock: who loses the lock with its connection
 * cannot go on migrating. Whoever waited finds nothing left to do.
 * @throws the driver's error, wrapped by TypeORM; a time-out leaves the connection to be destroyed by the caller
 */
export async function migrateMySql(dataSource: DataSource, database: string): Promise<void> {
  const lock = lockName(database);
  const runner = dataSource.createQueryRunner();
  const deadline = new Deadline(MIGRATION_TIMEOUT_MS);
  try {
    await deadline.race(locked(runner, lock, () => executed(dataSource, runner)));
  } finally {
    deadline.clear();
    await runner.release();
  }
}

async function locked(runner: QueryRunner, lock: string, work: () => Promise<void>): Promise<void> {
  const rows: unknown = await runner.query('SELECT GET_LOCK(?, ?) AS held', [
    lock,
    LOCK_WAIT_SECONDS,
  ]);
  const held: unknown = Array.isArray(rows) ? Reflect.get(Object(rows[0]), 'held') : undefined;
  if (Number(held) !== 1) throw new Error('Another process is still migrating this database.');
  try {
    await work();
  } finally {
    await runner.query('DO RELEASE_LOCK(?)', [lock]);
  }
}

async function executed(dataSource: DataSource, runner: QueryRunner): Promise<void> {
  const executor = new MigrationExecutor(dataSource, runner);
  // MySQL commits at every DDL statement anyway.
  executor.transaction = 'none';
  await executor.executePendingMigrations();
}

/** Locks are the server's, not a database's, and their names end at 64 characters. */
function lockName(database: string): string {
  return `idun_migrate_${createHash('sha256').update(database).digest('hex').slice(0, 32)}`;
}
