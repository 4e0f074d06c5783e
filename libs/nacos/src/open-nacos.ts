import { systemClock, systemScheduler, type NodeState, type ServiceRegistry } from '#core';
import { openProxy } from './client-internals.js';
import { InstanceKeeper, type NacosLog } from './instance-keeper.js';
import { NacosInstanceCalls } from './instance-calls.js';
import { NacosHttp } from './nacos-http.js';
import { NacosLogin } from './nacos-login.js';

/** What callers find of a node, and what stays while it runs. */
export interface NacosNode {
  readonly host: string;
  readonly httpPort: number;
  readonly tcpPort: number;
  readonly version: string;
  readonly zone: string | undefined;
}

export interface NacosOptions {
  /** `host:port` of each. */
  readonly servers: readonly string[];
  readonly namespace: string;
  readonly group: string;
  readonly cluster: string;
  /** The name for HTTP; that for TCP ends in `-rpc`. */
  readonly service: string;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  readonly node: NacosNode;
  readonly log: NacosLog;
}

const TIMEOUT_MS = 2_000;

/** Registers one node, twice, over HTTP. Talks to Nacos in the background from now on: what a killed process left is removed. */
export function openNacos(options: NacosOptions): ServiceRegistry {
  const { credentials, node, service } = options;
  const login = credentials && new NacosLogin(credentials.username, credentials.password);
  const instances = [
    { protocol: 'http', name: service, port: node.httpPort },
    { protocol: 'tcp', name: `${service}-rpc`, port: node.tcpPort },
  ].map(({ protocol, name, port }) => ({
    protocol,
    keeper: openKeeper(options, name, port, login),
  }));
  return {
    announce(state) {
      for (const { protocol, keeper } of instances) {
        keeper.keep({ weight: state.weight, metadata: metadataOf(protocol, node, state) });
      }
    },
    async withdraw() {
      await Promise.all(instances.map(({ keeper }) => keeper.leave()));
    },
    async close() {
      login?.close();
      await Promise.all(instances.map(({ keeper }) => keeper.close()));
    },
  };
}

function openKeeper(
  { servers, namespace, group, cluster, node, log }: NacosOptions,
  service: string,
  port: number,
  login: NacosLogin | undefined,
): InstanceKeeper {
  const http = new NacosHttp(TIMEOUT_MS, login);
  const proxy = openProxy(servers, namespace, http);
  const place = { service, group, cluster, ip: node.host, port };
  return new InstanceKeeper({
    calls: new NacosInstanceCalls(place, proxy, http),
    clock: systemClock,
    scheduler: systemScheduler,
    random: Math.random,
    log,
    service,
  });
}

/** Nacos keeps texts only. */
function metadataOf(
  protocol: string,
  { version, zone, httpPort, tcpPort }: NacosNode,
  { workerId }: NodeState,
): Record<string, string> {
  return {
    protocol,
    version,
    ...(zone !== undefined && { zone }),
    httpPort: String(httpPort),
    tcpPort: String(tcpPort),
    ...(workerId !== undefined && { workerId: String(workerId) }),
  };
}
