import { randomUUID } from 'node:crypto';
import { ServerPool } from './calls/server-pool.js';
import { checkClientOptions } from './check-options.js';
import type { ClientOptions } from './client-options.js';
import { systemClock } from './clock.js';
import { IdunClient } from './idun-client.js';
import { nacosServers } from './servers/nacos-servers.js';
import type { ServerSource } from './servers/server-source.port.js';
import { staticServers } from './servers/static-servers.js';
import { timeLimits } from './time-limits.js';
import { connectHttp } from './transport/http-connection.js';
import { connectTcp } from './transport/tcp-connection.js';

/**
 * A client of idun's servers. It connects when it is first needed; servers that cannot be reached are no error before a call.
 * Close it, or what it has leased is lost.
 *
 * Throws a `TypeError` that says what is wrong with the options.
 */
export function createClient(options: ClientOptions): IdunClient {
  checkClientOptions(options);
  const { transport = 'http', zone, attemptTimeoutMs, deadlineMs } = options;
  const limits = timeLimits(attemptTimeoutMs, deadlineMs);
  const source = sourceOf(options, transport);
  const connect = transport === 'http' ? connectHttp() : connectTcp();
  const { random } = Math;
  return new IdunClient({
    pool: (observer) =>
      new ServerPool(
        { zone, ...limits },
        { source, connect, clock: systemClock, random, observer },
      ),
    clock: systemClock,
    random,
    newRequestId: randomUUID,
    limits,
    segment: options.segment ?? {},
  });
}

function sourceOf({ servers, nacos }: ClientOptions, transport: 'http' | 'tcp'): ServerSource {
  return nacos ? nacosServers(nacos, transport) : staticServers(servers ?? [], transport);
}
