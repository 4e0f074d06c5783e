import { expect, it } from 'vitest';
import type { SqlSession } from '../sql/sql-database.js';
import { serverIdentityOf } from './server-identity.js';

const answering = (...answers: (Record<string, string> | Error)[]): SqlSession => ({
  async run() {
    const answer = answers.shift();
    if (!answer || answer instanceof Error) throw answer ?? new Error('asked too often');
    const rows = Object.entries(answer).map(([name, Value]) => ({ Variable_name: name, Value }));
    return Promise.resolve({ rows, affected: 0, insertId: 0n });
  },
  transaction: () => Promise.reject(new Error('not needed')),
});

it('asks again where it got no answer, and not where it got one', async () => {
  const session = answering(new Error('gone'), { server_uuid: 'u', version: '8.0.33' });
  await expect(serverIdentityOf(session)).rejects.toThrow('gone');
  expect(await serverIdentityOf(session)).toBe('u');
  expect(await serverIdentityOf(session)).toBe('u');
});

it.each([
  [{ version: '10.11.6-MariaDB-1', server_id: '7' }, 'mariadb-7'],
  [{ version: '13.0.1-MariaDB', server_id: '7', server_uuid: 'u' }, 'mariadb-7'],
  [{ version: '8.4.0', server_id: '7', server_uuid: 'u' }, 'u'],
])('takes the answer %j for %s', async (variables, identity) => {
  expect(await serverIdentityOf(answering(variables))).toBe(identity);
});
