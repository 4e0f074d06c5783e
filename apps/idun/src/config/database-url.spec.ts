import { describe, expect, it } from 'vitest';
import { parseDatabaseUrl, redactDatabaseUrl } from './database-url.js';

describe('parseDatabaseUrl', () => {
  it('takes the parts apart, decoded', () => {
    expect(parseDatabaseUrl('mysql://us%40er:p%2Cw%2F@db.example:3307/idun')).toEqual({
      kind: 'mysql',
      host: 'db.example',
      port: 3307,
      user: 'us@er',
      password: 'p,w/',
      database: 'idun',
    });
    expect(parseDatabaseUrl('mysql://u@[::1]/d')).toMatchObject({
      host: '::1',
      port: 3306,
      password: '',
    });
    expect(parseDatabaseUrl('sqlite:./data/idun.db')).toEqual({
      kind: 'sqlite',
      path: './data/idun.db',
    });
  });

  it.each([
    '',
    'sqlite:',
    'sqlite::memory:',
    'sqlite://data/idun.db',
    'sqlite:file:x?mode=memory',
    ' sqlite:a',
    'mysql://u:p@h/',
    'mysql://u:p@h/a/b',
    'mysql://:p@h/d',
    'mysql://u:p@/d',
    'mysql://u:p@h:0/d',
    'mysql://u:p@h:99999/d',
    'mysql://u:p%@h/d',
    'mysql://u:p@h/d#x',
    'mysql://u:p@h/d?failover=h2:3306',
    'mariadb://u:p@h/d',
  ])('refuses %j', (text) => {
    expect(parseDatabaseUrl(text)).toBeUndefined();
  });
});

describe('redactDatabaseUrl', () => {
  it.each([
    ['mysql://us%40er:hunter2@h/d', 'mysql://us%40er:***@h:3306/d'],
    ['sqlite:a.db', 'sqlite:a.db'],
    ['hunter2', '***'],
  ])('%s', (text, shown) => {
    expect(redactDatabaseUrl(text)).toBe(shown);
  });
});
