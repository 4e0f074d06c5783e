import type { Server } from 'node:net';
import type { EdgeLog } from './edge-log.js';
import { RateLimitedLog } from './rate-limited-log.js';

/** Has connections beyond `maxConnections` closed at once; tells `refused` of each, and the operator of some. */
export function limitConnections(
  server: Server,
  maxConnections: number,
  log: EdgeLog,
  refused: () => void = () => undefined,
): void {
  const warnings = new RateLimitedLog(log, () => performance.now());
  server.maxConnections = maxConnections;
  server.on('drop', (peer) => {
    refused();
    const remote = peer && `${peer.remoteAddress}:${peer.remotePort}`;
    warnings.warn({ remote, maxConnections }, 'Connection refused: there are too many');
  });
}
