import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import type { Database } from '../../../libs/testing/src/servers/index.js';

interface Table {
  name: string;
  rows: unknown[][];
}

/** All rows of a database at one moment. */
export type SqlBackup = readonly Table[];

const ATTEMPTS = 20;
const ROWS_AT_ONCE = 2_000;

export async function takeBackup(server: Database, database: string): Promise<SqlBackup> {
  return connected(server, database, async (connection) => {
    await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    const [tables] = await connection.query<RowDataPacket[]>('SHOW TABLES');
    const backup: Table[] = [];
    for (const table of tables) {
      const name = String(Object.values(table)[0]);
      // oxlint-disable-next-line no-await-in-loop -- one transaction
      const [rows] = await connection.query<RowDataPacket[][]>({
        sql: 'SELECT * FROM ??',
        values: [name],
        rowsAsArray: true,
      });
      backup.push({ name, rows });
    }
    return backup;
  });
}

/** In one transaction, under the load of the nodes: tried again where it meets a deadlock. */
export async function restoreBackup(
  server: Database,
  database: string,
  backup: SqlBackup,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await connected(server, database, (connection) => restore(connection, backup));
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function restore(connection: Connection, backup: SqlBackup): Promise<void> {
  await connection.beginTransaction();
  // Whoever waits for a row of a key finds it as it was in the backup.
  await connection.query('SELECT * FROM leaf_alloc FOR UPDATE');
  for (const { name, rows } of backup) {
    // oxlint-disable-next-line no-await-in-loop -- one transaction
    await connection.query('DELETE FROM ??', [name]);
    for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
      // oxlint-disable-next-line no-await-in-loop
      await connection.query('INSERT INTO ?? VALUES ?', [name, rows.slice(at, at + ROWS_AT_ONCE)]);
    }
  }
  await connection.commit();
}

async function connected<T>(
  { host, port, user, password }: Database,
  database: string,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await createConnection({
    host,
    port,
    user,
    password,
    database,
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    connectTimeout: 5_000,
  });
  try {
    return await work(connection);
  } finally {
    connection.destroy();
  }
}
