import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startMariaDb,
  startMySql,
  type DatabaseServer,
} from '../../../testing/src/servers/index.js';
import { parseDatabaseUrl } from '../database-url.js';
import { MySqlHosts } from './mysql-hosts.js';
import { MySqlPool } from './mysql-pool.js';
import { serverIdentityOf } from './server-identity.js';

describe.each([
  ['mysql', startMySql, 'SELECT @@server_uuid AS identity'],
  ['mariadb', startMariaDb, "SELECT CONCAT('mariadb-', @@server_id) AS identity"],
] as const)('serverIdentityOf a %s', (_engine, start, question) => {
  let server: DatabaseServer;
  let pool: MySqlPool;
  beforeAll(async () => {
    server = await start({ args: ['--server-id=4711'] });
    const target = parseDatabaseUrl(server.url(await server.createDatabase()));
    if (target.kind !== 'mysql') throw new Error('no MySQL URL');
    const hosts = new MySqlHosts(target.hosts, { nowMs: () => 0, onMove: () => undefined });
    pool = new MySqlPool(target, hosts, 'lease', 1);
    await pool.open();
    return () => pool.close();
  });
  afterAll(() => server.stop());

  it('is the same on every connection, and asked once on each', async () => {
    const statements: string[] = [];
    const ask = () =>
      pool.within(2_000, async (sql) => {
        const run = sql.run.bind(sql);
        sql.run = (text, params) => {
          statements.push(text);
          return run(text, params);
        };
        return serverIdentityOf(sql);
      });
    const [row] = await server.query(question);
    const identity = row?.['identity'];
    expect(await ask()).toBe(identity);
    expect(await ask()).toBe(identity);
    expect(statements).toHaveLength(1);
    pool.reset('a test');
    expect(await ask()).toBe(identity);
    expect(statements).toHaveLength(2);
  });
});
