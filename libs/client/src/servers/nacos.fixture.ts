import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { nameOf, type Server } from './server.js';

export interface NacosCall {
  path: string;
  query: Record<string, string>;
  authorization: string | undefined;
  agent: string | undefined;
}

export const instanceAt = (ip: string, rest: object = {}) => ({
  ip,
  port: 8080,
  weight: 1,
  healthy: true,
  enabled: true,
  metadata: {},
  ...rest,
});

/** What is said of a list over HTTP and UDP, as a test wants it. */
export class FakeNacos {
  hosts: object[] = [];
  /** What the next lists are answered with. */
  status = 200;
  /** Until then lists have no answer. */
  held: Promise<void> | undefined;
  credentials: { username: string; password: string } | undefined;
  tokenTtl = 18_000;
  readonly calls: NacosCall[] = [];
  private tokens = 0;
  private readonly server = createServer((request, response) => {
    this.answer(request, response).catch(() => response.destroy());
  });

  async start(): Promise<void> {
    // Only the client ends connections here.
    this.server.keepAliveTimeout = 60_000;
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get lists(): NacosCall[] {
    return this.calls.filter(({ path }) => path === '/nacos/v1/ns/instance/list');
  }

  get logins(): number {
    return this.tokens;
  }

  connections(): Promise<number> {
    return new Promise((resolve) => this.server.getConnections((_error, count) => resolve(count)));
  }

  /** News to the subscriber of the last list. Resolves to what comes back within the time, if anything does. */
  async push(news: Buffer | string, withinMs = 5_000): Promise<string | undefined> {
    const { clientIP, udpPort } = this.lists.at(-1)!.query;
    const socket = createSocket('udp4');
    socket.send(news, Number(udpPort), clientIP);
    try {
      const [message] = (await once(socket, 'message', {
        signal: AbortSignal.timeout(withinMs),
      })) as [Buffer];
      return message.toString();
    } catch {
      return undefined;
    } finally {
      socket.close();
    }
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://nacos');
    const { authorization, 'user-agent': agent } = request.headers;
    const query = Object.fromEntries(searchParams);
    this.calls.push({ path: pathname, query, authorization, agent });
    const body = await text(request);
    if (pathname.endsWith('/auth/login')) return this.logIn(body, response);
    await this.held;
    const isWanted = !this.credentials || authorization === `Bearer token ${this.tokens}`;
    response.statusCode = isWanted ? this.status : 403;
    response.end(JSON.stringify({ hosts: this.hosts }));
  }

  private logIn(body: string, response: ServerResponse): void {
    const { username = '', password = '' } = this.credentials ?? {};
    if (body === new URLSearchParams({ username, password }).toString()) {
      const accessToken = `token ${++this.tokens}`;
      response.end(JSON.stringify({ accessToken, tokenTtl: this.tokenTtl }));
    } else {
      response.statusCode = 403;
      response.end('unknown user!');
    }
  }
}

/** As Nacos 2 sends it, with a count of nanoseconds that a number cannot hold. */
export const NEWS = gzipSync(
  '{"type":"dom","data":"{\\"hosts\\":[],\\"lastRefTime\\":1}","lastRefTime":9007199254740993}',
);

/** What a source has told. */
export class Told {
  readonly lists: string[][] = [];
  readonly failures: Error[] = [];
  servers: readonly Server[] = [];
  readonly onChange = (servers: readonly Server[]) => {
    this.servers = servers;
    this.lists.push(servers.map(nameOf));
  };
  readonly onFailure = (error: unknown) => void this.failures.push(error as Error);

  get last(): string[] | undefined {
    return this.lists.at(-1);
  }
}
