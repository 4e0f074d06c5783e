export interface MySqlHost {
  readonly host: string;
  readonly port: number;
}

export interface MySqlTarget {
  readonly kind: 'mysql';
  /** At least one, in the order in which they are tried; none twice. */
  readonly hosts: readonly MySqlHost[];
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface SqliteTarget {
  readonly kind: 'sqlite';
  readonly path: string;
}

export type DatabaseTarget = MySqlTarget | SqliteTarget;

const MYSQL_PORT = 3306;

/**
 * Reads `mysql://user:password@host:3306/database`, `mariadb://` alike, and `sqlite:path`. Further servers of the same
 * database follow as `?failover=host2:3306&failover=host3:3306`, or in one parameter, with `%2C` between them.
 * @throws Error with a sentence that names the problem and never the password
 */
export function parseDatabaseUrl(url: string): DatabaseTarget {
  if (url.trim() === '') throw new Error('The database URL is empty.');
  if (url.includes(',')) {
    refuse(
      url,
      'names several databases: give exactly one (a comma in a password or between failover hosts is %2C)',
    );
  }
  if (/^(mysql|mariadb):\/\//.test(url)) return parseMySql(url);
  if (url.startsWith('sqlite:')) return parseSqlite(url);
  return refuse(url, 'must begin with mysql://, mariadb:// or sqlite:');
}

/** Whether {@link parseDatabaseUrl} can read it. */
export function isDatabaseUrl(url: string): boolean {
  try {
    parseDatabaseUrl(url);
    return true;
  } catch {
    return false;
  }
}

/** The URL as it may stand in a log: without the password, also where the URL is malformed. */
export function redactUrl(url: string): string {
  // Up to the last @, as a password may hold one that nobody encoded.
  return url.replace(/^(\w+:\/\/)([^:/@]*):.*@/s, '$1$2:***@');
}

function parseMySql(url: string): MySqlTarget {
  const parsed = parsable(url);
  if (parsed.search.includes('@')) refuse(url, "has a '?' before an '@': write it as %3F");
  if (parsed.hash !== '') refuse(url, "has a '#': write it as %23");
  if (parsed.port === '0') refuse(url, 'has the port 0');
  if (parsed.hostname === '') refuse(url, 'names no host');
  if (parsed.username === '') refuse(url, 'names no user');
  const database = decode(url, parsed.pathname.slice(1));
  if (database === '' || parsed.pathname.slice(1).includes('/')) {
    refuse(url, 'must end in /database, one name');
  }
  return {
    kind: 'mysql',
    hosts: hostsOf(url, parsed),
    user: decode(url, parsed.username),
    password: decode(url, parsed.password),
    database,
  };
}

function hostsOf(url: string, parsed: URL): MySqlHost[] {
  const hosts = [
    {
      host: withoutBrackets(decode(url, parsed.hostname)),
      port: parsed.port === '' ? MYSQL_PORT : Number(parsed.port),
    },
  ];
  for (const [name, value] of parsed.searchParams) {
    if (name !== 'failover') {
      refuse(url, `has the parameter '${name}', which is not known: there is only failover`);
    }
    for (const text of value.split(',')) hosts.push(failoverHost(url, text));
  }
  if (new Set(hosts.map(nameOfHost)).size < hosts.length) refuse(url, 'names a host twice');
  return hosts;
}

function failoverHost(url: string, text: string): MySqlHost {
  const [, host, port = MYSQL_PORT] =
    /^(\[[0-9a-f:.]+\]|[^\s:/?#[\]]+)(?::(\d+))?$/i.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) {
    return refuse(
      url,
      'has a failover that is not host or host:port (give several as failover=a:3306&failover=b:3306)',
    );
  }
  return { host: withoutBrackets(host), port: Number(port) };
}

/** As people write it. */
export function nameOfHost({ host, port }: MySqlHost): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

function parseSqlite(url: string): SqliteTarget {
  const path = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
  if (path === '') refuse(url, 'names no file');
  if (path.includes('?')) refuse(url, 'has parameters, and none is known');
  if (path.startsWith('//'))
    refuse(url, 'has two slashes: write sqlite:relative or sqlite:/absolute');
  if (/^(:|file:)/.test(path)) refuse(url, 'names no file: a counter in memory would start again');
  return { kind: 'sqlite', path };
}

function parsable(url: string): URL {
  try {
    return new URL(url);
  } catch {
    return refuse(
      url,
      'is not a URL (special characters of user and password must be percent-encoded)',
    );
  }
}

function decode(url: string, part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return refuse(url, "has a '%' that does not begin a percent-encoded byte: write it as %25");
  }
}

function refuse(url: string, problem: string): never {
  throw new Error(`The database URL '${redactUrl(url)}' ${problem}.`);
}
