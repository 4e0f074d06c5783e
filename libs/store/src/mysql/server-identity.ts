import type { SqlSession } from '../sql/sql-database.js';

/** Not `SELECT @@server_uuid`: MariaDB has no such variable, and this is one question for both. */
const IDENTITY_SQL =
  "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'server_uuid', 'server_id')";

/** A session is short, but its connection stays with one server for as long as it lives. */
const connections = new WeakMap<SqlSession, object>();
const identities = new WeakMap<object, string>();

/** Says which connection is under a session. */
export function sessionIsOn(session: SqlSession, connection: object): void {
  connections.set(session, connection);
}

/**
 * Which server this session is with: the UUID of a MySQL, which is in its data folder; `mariadb-` and the server id of
 * a MariaDB, which is whatever its operator has configured. Asked once for each connection.
 * @throws the driver's error
 */
export async function serverIdentityOf(sql: SqlSession): Promise<string> {
  const connection = connections.get(sql) ?? sql;
  const known = identities.get(connection);
  if (known !== undefined) return known;
  const { rows } = await sql.run(IDENTITY_SQL);
  const identity = identityIn(
    new Map(rows.map((row) => [String(row['Variable_name']).toLowerCase(), String(row['Value'])])),
  );
  identities.set(connection, identity);
  return identity;
}

function identityIn(variables: ReadonlyMap<string, string>): string {
  const isMariaDb = variables.get('version')?.toLowerCase().includes('mariadb') ?? false;
  const uuid = variables.get('server_uuid');
  if (uuid !== undefined && !isMariaDb) return uuid;
  return `mariadb-${variables.get('server_id') ?? '0'}`;
}
