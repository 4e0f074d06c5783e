import { describe, expect, it } from 'vitest';
import { isDatabaseUrl, parseDatabaseUrl, redactUrl } from './database-url.js';

describe('parseDatabaseUrl', () => {
  it.each(['mysql', 'mariadb'])('reads %s URLs', (scheme) => {
    expect(parseDatabaseUrl(`${scheme}://app:p%40ss%2Fw@db.example:3307/ids`)).toEqual({
      kind: 'mysql',
      host: 'db.example',
      port: 3307,
      user: 'app',
      password: 'p@ss/w',
      database: 'ids',
    });
  });

  it('takes the usual port and an empty password where none is given', () => {
    expect(parseDatabaseUrl('mysql://app@[::1]/ids')).toMatchObject({
      host: '::1',
      port: 3306,
      password: '',
    });
  });

  it.each([
    ['sqlite:./data/idun.db', './data/idun.db'],
    ['sqlite:/var/lib/idun.db', '/var/lib/idun.db'],
    ['sqlite:///var/lib/idun.db', '/var/lib/idun.db'],
  ])('reads %s', (url, path) => {
    expect(parseDatabaseUrl(url)).toEqual({ kind: 'sqlite', path });
  });

  it.each([
    ['', /empty/],
    ['postgres://a:secret@h/db', /must begin with/],
    ['mysql://a:secret@h/db,mysql://a:secret@i/db', /several databases/],
    ['mysql://a:secret@h/db?failover=i:3306', /parameter 'failover', which is not known/],
    ['mysql://a:secret@h/', /must end in \/database/],
    ['mysql://a:secret@h', /must end in \/database/],
    ['mysql://a:secret@h/db/other', /one name/],
    ['mysql://:secret@h/db', /names no user/],
    ['mysql://a:sec%zzret@h/db', /%25/],
    ['mysql://a:sec#secret@h/db', /./],
    ['mysql://a:sec/secret@h/db', /./],
    ['mysql://a:sec@secret@h/db?x=1', /parameter 'x'/],
    ['mysql://a:secret@h:99999/db', /is not a URL/],
    ['sqlite:', /names no file/],
    ['sqlite::memory:', /memory/],
    ['sqlite:file:ids.db', /names no file/],
    ['mysql://a:secret@h:0/db', /port 0/],
    [' sqlite:a', /must begin with/],
    ['sqlite://relative.db', /two slashes/],
    ['sqlite:x.db?mode=ro', /parameters/],
  ])('refuses %j in a sentence without the password', (url, sentence) => {
    let message = '';
    try {
      parseDatabaseUrl(url);
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(sentence);
    expect(message).not.toContain('secret');
  });
});

it('tells whether a URL can be read', () => {
  expect(isDatabaseUrl('sqlite:a.db')).toBe(true);
  expect(isDatabaseUrl('sqlite:')).toBe(false);
});

describe('redactUrl', () => {
  it('keeps everything but the password', () => {
    expect(redactUrl('mysql://app:p@ss:w@h:1/db')).toBe('mysql://app:***@h:1/db');
    expect(redactUrl('mysql://app@h/db')).toBe('mysql://app@h/db');
    expect(redactUrl('sqlite:./a.db')).toBe('sqlite:./a.db');
  });
});
