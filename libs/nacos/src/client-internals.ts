import { createRequire } from 'node:module';
import type { NacosNamingClient } from 'nacos';

/** One request as the client asks for it; `data` belongs into the query. */
export interface NacosRequest {
  readonly method: string;
  readonly data: Readonly<Record<string, string>>;
}

/** What the client sends by. It takes any status but 200 for a failure, and has one `request` for all servers. */
export interface HttpClient {
  request(url: string, request: NacosRequest): Promise<{ status: number; data: string }>;
}

/** A sign of life, from which Nacos makes the whole instance where it has none. */
export interface Beat {
  readonly serviceName: string;
  readonly ip: string;
  readonly port: number;
  readonly cluster: string;
  readonly weight: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The calls of the client as they are, without its caches and loops. */
export interface NacosProxy {
  registerService(serviceName: string, groupName: string, instance: object): Promise<string>;
  deregisterService(serviceName: string, instance: object): Promise<string>;
  /** The reply as text. */
  queryList(
    serviceName: string,
    clusters: string,
    udpPort: number,
    healthyOnly: boolean,
  ): Promise<string>;
  /** Resolves also when it failed. */
  sendBeat(beat: Beat): Promise<number>;
}

interface Internals {
  readonly _serverProxy: NacosProxy;
  readonly _hostReactor: { close(): Promise<void> };
  readonly _beatReactor: { close(): Promise<void> };
}

type ClientOptions = ConstructorParameters<typeof NacosNamingClient>[0];

const require = createRequire(import.meta.url);
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * The calls of a client whose own machinery is switched off: a loop of heartbeats that cannot be stopped in time and
 * keeps the process alive, and a UDP socket on every interface for news that nobody here waits for. It sends by
 * `http`, as its own way of sending has fixed times and puts the password into every address. The package is pinned
 * to one version for this.
 */
export function openProxy(
  servers: readonly string[],
  namespace: string,
  http: HttpClient,
): NacosProxy {
  // Only here, as loading it takes a third of a second and 20 MB, which a node without Nacos need not pay.
  const nacos = require('nacos') as typeof import('nacos');
  const options = { logger: silent, serverList: [...servers], namespace, httpclient: http };
  const client = new nacos.NacosNamingClient(options as unknown as ClientOptions);
  const { _serverProxy, _hostReactor, _beatReactor } = client as unknown as Internals;
  void _hostReactor.close();
  void _beatReactor.close();
  // Its loop still sleeps once before it ends.
  Object.assign(_beatReactor, { _clientBeatInterval: 0 });
  return _serverProxy;
}
