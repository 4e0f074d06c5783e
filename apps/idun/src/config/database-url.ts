export type DatabaseUrl =
  | { kind: 'sqlite'; path: string }
  | {
      kind: 'mysql';
      host: string;
      port: number;
      user: string;
      password: string;
      database: string;
    };

const SQLITE = 'sqlite:';
const MYSQL_PORT = 3306;

/** Takes a database URL apart; undefined when it is not one of the two forms that are supported. */
export function parseDatabaseUrl(text: string): DatabaseUrl | undefined {
  if (text !== text.trim()) return undefined;
  return text.startsWith(SQLITE) ? parseSqlite(text.slice(SQLITE.length)) : parseMysql(text);
}

/** A database in memory forgets its counters at the end of the process and would give ids twice. */
function parseSqlite(path: string): DatabaseUrl | undefined {
  return path === '' || /^(:|file:|\/\/)/.test(path) ? undefined : { kind: 'sqlite', path };
}

function parseMysql(text: string): DatabaseUrl | undefined {
  if (!text.startsWith('mysql://') || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.search !== '' || url.hash !== '' || url.port === '0') return undefined;
  try {
    const parts = {
      host: decodeURIComponent(url.hostname.replace(/^\[(.*)\]$/, '$1')),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(url.pathname.slice(1)),
    };
    if (!parts.host || !parts.user || !parts.database || parts.database.includes('/')) {
      return undefined;
    }
    return { kind: 'mysql', port: url.port === '' ? MYSQL_PORT : Number(url.port), ...parts };
  } catch {
    // A stray % in a name or password.
    return undefined;
  }
}

/** For logs: the password of a URL hidden, a text that is no URL hidden as a whole. */
export function redactDatabaseUrl(text: string): string {
  const url = parseDatabaseUrl(text);
  if (!url) return '***';
  if (url.kind === 'sqlite') return text;
  const { host, port, user, database } = url;
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return `mysql://${encodeURIComponent(user)}:***@${shownHost}:${port}/${encodeURIComponent(database)}`;
}
