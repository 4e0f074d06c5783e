import type { Socket } from 'node:net';
import mysql2, { type Pool, type PoolOptions } from 'mysql2';
import { DataSource } from 'typeorm';
import type { MySqlTarget } from '../database-url.js';
import { MYSQL_MIGRATIONS } from '../migrations/index.js';
import { MIGRATIONS_TABLE } from '../migrations/names.js';

export type MySqlPoolName = 'allocation' | 'lease' | 'admin';

export interface MySqlDataSourceOptions {
  readonly target: MySqlTarget;
  readonly name: MySqlPoolName;
  readonly poolSize: number;
  /** Called with each driver pool before it connects: TypeORM makes a new one at every initialisation. */
  readonly onPool: (pool: Pool) => void;
  /** For the TCP connection and the handshake. */
  readonly connectTimeoutMs: number;
  /** Begins a connection to whichever of the servers is to be used. */
  readonly openSocket: () => Socket;
}

export function createMySqlDataSource(options: MySqlDataSourceOptions): DataSource {
  const { target, poolSize, onPool, connectTimeoutMs, openSocket } = options;
  return new DataSource({
    type: 'mysql',
    driver: {
      createPool(poolOptions: PoolOptions): Pool {
        const pool = mysql2.createPool({ ...poolOptions, stream: openSocket });
        onPool(pool);
        return pool;
      },
    },
    username: target.user,
    password: target.password,
    database: target.database,
    charset: 'utf8mb4',
    supportBigNumbers: true,
    bigNumberStrings: true,
    connectTimeout: connectTimeoutMs,
    poolSize,
    logging: false,
    migrations: [...MYSQL_MIGRATIONS],
    migrationsTableName: MIGRATIONS_TABLE,
  });
}
