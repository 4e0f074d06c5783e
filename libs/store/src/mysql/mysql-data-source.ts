import mysql2, { type Pool, type PoolOptions } from 'mysql2';
import { DataSource } from 'typeorm';
import type { MySqlTarget } from '../database-url.js';
import { MYSQL_MIGRATIONS } from '../migrations/index.js';
import { MIGRATIONS_TABLE } from '../migrations/names.js';

/**
 * For the TCP connection and the handshake. Attempts that a dead network swallowed hold their places in the pool for so
 * long after it is back; a server on another continent needs most of a second.
 */
export const CONNECT_TIMEOUT_MS = 1_500;

export type MySqlPoolName = 'allocation' | 'lease' | 'admin';

export interface MySqlDataSourceOptions {
  readonly target: MySqlTarget;
  readonly name: MySqlPoolName;
  readonly poolSize: number;
  /** Called with each driver pool before it connects: TypeORM makes a new one at every initialisation. */
  readonly onPool: (pool: Pool) => void;
}

export function createMySqlDataSource(options: MySqlDataSourceOptions): DataSource {
  const { target, poolSize, onPool } = options;
  return new DataSource({
    type: 'mysql',
    driver: {
      createPool(poolOptions: PoolOptions): Pool {
        const pool = mysql2.createPool(poolOptions);
        onPool(pool);
        return pool;
      },
    },
    host: target.host,
    port: target.port,
    username: target.user,
    password: target.password,
    database: target.database,
    charset: 'utf8mb4',
    supportBigNumbers: true,
    bigNumberStrings: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    poolSize,
    extra: { keepAliveInitialDelay: 10_000 },
    logging: false,
    migrations: [...MYSQL_MIGRATIONS],
    migrationsTableName: MIGRATIONS_TABLE,
  });
}
