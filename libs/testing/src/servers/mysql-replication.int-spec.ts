import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMySqlPrimary, startMySqlReplica, type MySqlReplicationServer } from './index.js';

const insert = (n: number) => `INSERT INTO t VALUES (${n})`;

describe.each([true, false])('a replica, semi-synchronous: %s', (semiSync) => {
  let primary: MySqlReplicationServer;
  let replica: MySqlReplicationServer;
  let database: string;
  beforeAll(async () => {
    primary = await startMySqlPrimary();
    database = await primary.createDatabase();
    await primary.query('CREATE TABLE t (n int PRIMARY KEY)', database);
    replica = await startMySqlReplica(primary, { semiSync });
  });
  afterAll(() => Promise.all([primary.stop(), replica.stop()]));

  const numbers = async (server: MySqlReplicationServer) =>
    (await server.query('SELECT n FROM t ORDER BY n', database)).map((row) => Number(row['n']));

  it('has what its primary has, and takes no writes, after a crash too', async () => {
    await primary.query(insert(1), database);
    await replica.caughtUp();
    expect(await numbers(replica)).toEqual([1]);
    await replica.restart();
    await expect(replica.query(insert(2), database)).rejects.toThrow(/super-read-only/);
    await primary.query(insert(2), database);
    await replica.caughtUp();
    expect(await numbers(replica)).toEqual([1, 2]);
  });

  it('lags once stopped; its semi-synchronous primary then acknowledges nothing', async () => {
    await replica.stopReplication();
    const committed = primary.query(insert(3), database).then(() => 'committed');
    if (semiSync) {
      await expect
        .poll(async () => primary.query("SHOW STATUS LIKE 'Rpl_semi_sync_source_wait_sessions'"))
        .toMatchObject([{ Value: '1' }]);
    } else await committed;
    expect(await numbers(replica)).toEqual([1, 2]);
    await replica.startReplication();
    expect(await committed).toBe('committed');
    await replica.caughtUp();
    expect(await numbers(replica)).toEqual([1, 2, 3]);
  });

  it('is promoted, and is followed by the old primary, rebuilt', async () => {
    await primary.query(insert(4), database);
    if (!semiSync) await replica.caughtUp();
    await primary.kill();
    await replica.promote();
    await replica.query(insert(5), database);
    expect(await numbers(replica)).toEqual([1, 2, 3, 4, 5]);
    await primary.restart();
    await primary.query(insert(6), database);
    await primary.rebuildFrom(replica, { semiSync });
    expect(await numbers(primary)).toEqual([1, 2, 3, 4, 5]);
    await replica.query(insert(7), database);
    await primary.caughtUp();
    expect(await numbers(primary)).toEqual([1, 2, 3, 4, 5, 7]);
    await expect(primary.query(insert(8), database)).rejects.toThrow(/super-read-only/);
  });
});
