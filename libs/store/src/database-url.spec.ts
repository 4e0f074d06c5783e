import { describe, expect, it } from 'vitest';
import { isDatabaseUrl, parseDatabaseUrl, redactUrl } from './database-url.js';

describe('parseDatabaseUrl', () => {
  it.each(['mysql', 'mariadb'])('reads %s URLs', (scheme) => {
    expect(parseDatabaseUrl(`${scheme}://app:p%40ss%2Fw@db.example:3307/ids`)).toEqual({
      kind: 'mysql',
      hosts: [{ host: 'db.example', port: 3307 }],
      user: 'app',
      password: 'p@ss/w',
      database: 'ids',
    });
  });

  it('takes the usual port and an empty password where none is given', () => {
    expect(parseDatabaseUrl('mysql://app@[::1]/ids')).toMatchObject({
      hosts: [{ host: '::1', port: 3306 }],
      password: '',
    });
  });

  it.each([
    '?failover=b:3307&failover=%5B::2%5D',
    '?failover=b:3307&failover=[::2]:3306',
    '?failover=b:3307%2C[::2]',
  ])('reads %s', (parameters) => {
    expect(parseDatabaseUrl(`mysql://app:p@a/ids${parameters}`)).toMatchObject({
      hosts: [
        { host: 'a', port: 3306 },
        { host: 'b', port: 3307 },
        { host: '::2', port: 3306 },
      ],
      database: 'ids',
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
    ['mysql://a:secret@h/db?failover=i:3306,j:3306', /between failover hosts is %2C/],
    ['mysql://a:secret@h/db?failover=i&ssl=1', /parameter 'ssl', which is not known/],
    ['mysql://a:secret@h/db?failover=', /failover=a:3306&failover=b:3306/],
    ['mysql://a:secret@h/db?failover=i%2C', /not host or host:port/],
    ['mysql://a:secret@h/db?failover=i:0', /not host or host:port/],
    ['mysql://a:secret@h/db?failover=i:65536', /not host or host:port/],
    ['mysql://a:secret@h/db?failover=i:3306:1', /not host or host:port/],
    ['mysql://a:secret@h/db?failover=::1', /not host or host:port/],
    ['mysql://a:secret@h/db?failover=i/other', /not host or host:port/],
    ['mysql://a:secret@h/db?failover=h:3306', /a host twice/],
    ['mysql://a:12?secret@h/db', /%3F/],
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
    expect(redactUrl('mysql://app:p@h/db?failover=i')).toBe('mysql://app:***@h/db?failover=i');
    expect(redactUrl('sqlite:./a.db')).toBe('sqlite:./a.db');
  });
});
