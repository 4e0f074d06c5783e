import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';

export type Engine = 'mysql' | 'mariadb';

/** Where a test database server listens, and an account that may create databases and users. */
export interface DatabaseAddress {
  readonly engine: Engine;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface Database extends DatabaseAddress {
  /** `mysql://user:password@host:port/database`, both engines alike. */
  url(database: string, user?: string, password?: string): string;
  /** Creates an empty database, under a new name unless one is given, and returns its name. */
  createDatabase(name?: string): Promise<string>;
  /**
   * Runs one statement, or several separated by `;`, on a connection of its own. Resolves to the
   * rows, big integers as strings; to an empty array for a statement without rows.
   */
  query(sql: string, database?: string): Promise<Row[]>;
}

export type Row = Record<string, unknown>;

/** Test conveniences over a running server. */
export function databaseAt(address: DatabaseAddress): Database {
  const { host, port, user, password } = address;
  async function query(sql: string, database?: string): Promise<Row[]> {
    const connection = await createConnection({
      host,
      port,
      user,
      password,
      ...(database === undefined ? {} : { database }),
      multipleStatements: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
      connectTimeout: 5_000,
    });
    try {
      const [result] = await connection.query(sql);
      return Array.isArray(result) ? (result as Row[]) : [];
    } finally {
      connection.destroy();
    }
  }
  return {
    ...address,
    query,
    url: (database, as = user, secret = password) =>
      `mysql://${encodeURIComponent(as)}:${encodeURIComponent(secret)}@${host}:${port}/${database}`,
    async createDatabase(name = `t_${randomBytes(6).toString('hex')}`) {
      await query(`CREATE DATABASE \`${name}\``);
      return name;
    },
  };
}
