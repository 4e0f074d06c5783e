import { expect, inject, it } from 'vitest';
import { databaseAt } from './index.js';

it.each(['mysql', 'mariadb'] as const)(
  'the shared %s takes a database of our own',
  async (name) => {
    const database = databaseAt(inject(name));
    const schema = await database.createDatabase();
    expect(await database.query('SELECT DATABASE() AS name', schema)).toEqual([{ name: schema }]);
  },
);
