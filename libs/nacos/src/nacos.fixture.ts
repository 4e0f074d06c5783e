import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServiceRegistry } from '#core';
import type { NacosServer } from '../../testing/src/servers/index.js';
import { openNacos, type NacosOptions } from './index.js';

export interface LogLine {
  level: 'info' | 'warn';
  message: string;
  details: object;
}

export interface OpenRegistry extends ServiceRegistry {
  readonly log: LogLine[];
}

export const node = {
  host: '192.0.2.1',
  httpPort: 8080,
  tcpPort: 8090,
  version: '1.2.3',
  zone: 'z1',
};

/** A registry for a node that listens nowhere, closed by `closeAll`. */
export function registryFixture() {
  const opened: ServiceRegistry[] = [];
  return {
    open: (server: string, options: Partial<NacosOptions> = {}): OpenRegistry => {
      const log: LogLine[] = [];
      const write = (level: LogLine['level']) => (details: object, message: string) =>
        void log.push({ level, message, details });
      const registry = openNacos({
        servers: [server],
        namespace: 'public',
        group: 'DEFAULT_GROUP',
        cluster: 'DEFAULT',
        service: 'idun',
        credentials: undefined,
        node,
        log: { info: write('info'), warn: write('warn') },
        ...options,
      });
      opened.push(registry);
      return { ...registry, log };
    },
    closeAll: async () => {
      await Promise.all(opened.splice(0).map((registry) => registry.close()));
    },
  };
}

/** `ip:port` of what Nacos lists of a service. */
export async function listed(nacos: NacosServer, service: string): Promise<string[]> {
  const instances = await nacos.instances(service);
  return instances.map(({ ip, port }) => `${ip}:${port}`);
}

export interface HoldingProxy {
  readonly address: string;
  /** Method and path of all that came, without the query. */
  readonly calls: string[];
  /** Keeps the calls of this method and path from Nacos until released; whoever asked may have left by then. */
  hold(call: string): { held(): number; release(): Promise<void> };
  close(): Promise<void>;
}

interface Holding {
  readonly call: string;
  readonly waiting: (() => Promise<void>)[];
}

/** Stands between a registry and Nacos, and lets calls overtake one another. */
export async function startHoldingProxy(nacos: NacosServer): Promise<HoldingProxy> {
  const calls: string[] = [];
  const holdings = new Set<Holding>();
  const forward = async (request: IncomingMessage, response: ServerResponse) => {
    const answer = await fetch(`http://${nacos.address}${request.url}`, { method: request.method });
    response.statusCode = answer.status;
    response.end(await answer.text());
  };
  const server = createServer((request, response) => {
    const call = `${request.method} ${new URL(request.url ?? '', 'http://nacos').pathname}`;
    calls.push(call);
    const holding = [...holdings].find((one) => one.call === call);
    if (holding) holding.waiting.push(() => forward(request, response));
    else forward(request, response).catch(() => response.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    hold(call) {
      const holding: Holding = { call, waiting: [] };
      holdings.add(holding);
      return {
        held: () => holding.waiting.length,
        async release() {
          holdings.delete(holding);
          await Promise.all(holding.waiting.map((send) => send()));
        },
      };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
