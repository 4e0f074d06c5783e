export interface HttpTarget {
  protocol: 'http';
  path: string;
  connections: number;
}

export interface TcpTarget {
  protocol: 'tcp';
  pattern: string;
  inFlight: number;
}

export type Target = HttpTarget | TcpTarget;

export type ServerName = 'idun' | 'bare-fastify' | 'bare-nest-http' | 'bare-nest-tcp';

export interface Scenario {
  id: string;
  /** In the tables. */
  title: string;
  server: ServerName;
  target: Target;
  idsPerRequest: number;
  /** Ids of the scenarios that it is compared with. */
  against: readonly string[];
}

const CONCURRENCY = 64;

export const scenarios: readonly Scenario[] = [
  http('bare-fastify', 'bare Fastify route', 'bare-fastify', '/api/bare/get/default'),
  http('bare-nest-http', 'bare Nest + Fastify route', 'bare-nest-http', '/api/bare/get/default'),
  ...(['segment', 'snowflake'] as const).flatMap((mode) => [
    http(`http-${mode}`, `idun, one ${mode} id`, 'idun', `/api/${mode}/get/default`, 1),
    http(
      `http-${mode}-1000`,
      `idun, ${mode} \`?count=1000\``,
      'idun',
      `/api/${mode}/get/default?count=1000`,
      1_000,
    ),
  ]),
  tcp('bare-nest-tcp', 'bare Nest TCP echo', 'bare-nest-tcp', 'echo'),
  tcp('tcp-segment', 'idun, `segment.get`', 'idun', 'segment.get', 1),
  tcp('tcp-snowflake', 'idun, `snowflake.get`', 'idun', 'snowflake.get', 1),
];

function http(
  id: string,
  title: string,
  server: ServerName,
  path: string,
  idsPerRequest = 0,
): Scenario {
  const target: Target = { protocol: 'http', path, connections: CONCURRENCY };
  const against = idsPerRequest === 1 ? ['bare-fastify', 'bare-nest-http'] : [];
  return { id, title, server, target, idsPerRequest, against };
}

function tcp(
  id: string,
  title: string,
  server: ServerName,
  pattern: string,
  idsPerRequest = 0,
): Scenario {
  const target: Target = { protocol: 'tcp', pattern, inFlight: CONCURRENCY };
  const against = idsPerRequest === 1 ? ['bare-nest-tcp'] : [];
  return { id, title, server, target, idsPerRequest, against };
}
