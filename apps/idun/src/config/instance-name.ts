import { networkInterfaces } from 'node:os';
import type { Config } from './schema.js';

type Interfaces = ReturnType<typeof networkInterfaces>;

/** The address under which other machines reach this node: as configured, else the first IPv4 one. */
export function advertisedHost(
  config: Pick<Config, 'advertiseHost'>,
  interfaces: Interfaces = networkInterfaces(),
): string {
  if (config.advertiseHost) return config.advertiseHost;
  const addresses = Object.values(interfaces).flatMap((each) => each ?? []);
  const first = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  return first?.address ?? '127.0.0.1';
}

/** What the journal calls this node. Unlike its instance name it is known before a port is. */
export function nodeName(config: Pick<Config, 'advertiseHost' | 'http' | 'worker'>): string {
  const { port } = config.http;
  return config.worker.instance ?? `${advertisedHost(config)}:${port || `pid-${process.pid}`}`;
}

/** The name under which this node asks for its old worker id. `httpPort` is the one really listened on. */
export function instanceName(
  config: Pick<Config, 'advertiseHost' | 'worker'>,
  httpPort: number,
  interfaces?: Interfaces,
): string {
  return config.worker.instance ?? `${advertisedHost(config, interfaces)}:${httpPort}`;
}
