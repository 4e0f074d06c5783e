import { Agent, request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

export interface NacosRequest {
  path: string;
  /** Goes into the address; `body` makes it a POST. */
  query?: Record<string, string>;
  body?: Record<string, string>;
  headers?: Record<string, string>;
}

export interface NacosAnswer {
  status: number;
  text: string;
  /** The address of this side. */
  localAddress: string | undefined;
}

/** Requests over connections that are kept, but keep no process alive. */
export class NacosHttp {
  private readonly agent = new Agent({ keepAlive: true });

  /** Rejects with what is wrong with the way to `address`, or with an `AbortError`. */
  async send(
    address: string,
    { path, query, body, headers }: NacosRequest,
    signal: AbortSignal,
  ): Promise<NacosAnswer> {
    const url = new URL(`http://${address}/nacos/v1${path}`);
    url.search = new URLSearchParams(query).toString();
    const form = body && { 'content-type': 'application/x-www-form-urlencoded' };
    const options = { agent: this.agent, signal, headers: { ...headers, ...form } };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(url, { ...options, method: body ? 'POST' : 'GET' });
      outgoing.once('socket', (socket) => socket.unref());
      outgoing.on('response', resolve).on('error', reject);
      outgoing.end(body && new URLSearchParams(body).toString());
    });
    const { statusCode = 0, socket } = response;
    const { localAddress } = socket;
    return { status: statusCode, text: await text(response), localAddress };
  }

  close(): void {
    this.agent.destroy();
  }
}
