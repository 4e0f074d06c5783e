import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMariaDb, startMySql, type DatabaseServer } from './index.js';

describe.each([
  ['mysql', startMySql, /^8\.\d/],
  ['mariadb', startMariaDb, /MariaDB/],
] as const)('a %s of one own', (_name, start, version) => {
  let server: DatabaseServer;
  beforeAll(async () => void (server = await start({ args: ['--max-connections=17'] })));
  afterAll(() => server.stop());

  it('is the engine it is called, with the options given', async () => {
    const [row] = await server.query('SELECT VERSION() AS v, @@max_connections AS n');
    expect(row?.['v']).toMatch(version);
    expect(Number(row?.['n'])).toBe(17);
  });

  it('keeps committed data over a kill and a restart on the same port', async () => {
    const name = await server.createDatabase();
    await server.query('CREATE TABLE t (n BIGINT); INSERT INTO t VALUES (9007199254740993)', name);
    const before = server.pid();
    await server.kill();
    await expect(server.query('SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
    await server.restart();
    expect(server.pid()).not.toBe(before);
    expect(await server.query('SELECT n FROM t', name)).toEqual([{ n: '9007199254740993' }]);
  });

  it('answers nothing while paused and everything after', async () => {
    server.pause();
    const answer = server.query("SELECT 'x' AS x");
    expect(await Promise.race([answer, delay(300, 'silence')])).toBe('silence');
    server.resume();
    expect(await answer).toEqual([{ x: 'x' }]);
  });

  it('lets the account create databases and other users', async () => {
    await server.query(`CREATE USER reader IDENTIFIED BY 'r'; GRANT SELECT ON *.* TO reader`);
    expect(server.url(await server.createDatabase(), 'reader', 'r/')).toMatch(
      /^mysql:\/\/reader:r%2F@127\.0\.0\.1:\d+\/t_[0-9a-f]{12}$/,
    );
  });
});

it('two servers have different identities', async () => {
  const [a, b] = await Promise.all([startMySql(), startMySql()]);
  const [ofA, ofB] = await Promise.all([a, b].map((s) => s.query('SELECT @@server_uuid AS id')));
  expect(ofA).not.toEqual(ofB);
  a.pause();
  const pid = a.pid();
  await Promise.all([a.stop(), b.stop()]);
  expect(existsSync(`/proc/${pid}`)).toBe(false);
});
