import type { HttpClient, NacosRequest } from './client-internals.js';
import { NacosError, send } from './http.js';
import type { NacosLogin } from './nacos-login.js';

/** What one client sends by: in time, with a token, and so that it can be called back. */
export class NacosHttp implements HttpClient {
  /** False: nothing is sent that would bring an instance back. The client goes on to the next server by itself. */
  mayWrite = true;
  /** How the last request ended; the client keeps it to itself. */
  failure: unknown;
  private readonly live = new Set<AbortController>();
  private isClosed = false;

  constructor(
    public timeoutMs: number,
    private readonly login: NacosLogin | undefined,
  ) {}

  async request(url: string, request: NacosRequest): Promise<{ status: number; data: string }> {
    this.failure = undefined;
    try {
      return { status: 200, data: await this.ask(url, request) };
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  /** A way to give up what is under way now, and nothing that begins later. */
  underWay(): () => void {
    const live = [...this.live];
    return () => {
      for (const controller of live) controller.abort(new Error('given up'));
    };
  }

  close(): void {
    this.isClosed = true;
    this.underWay()();
  }

  private async ask(url: string, { method, data }: NacosRequest): Promise<string> {
    if (this.isClosed) throw new NacosError('Not sent: closed', 'undone');
    const controller = new AbortController();
    this.live.add(controller);
    try {
      const headers = await this.headers(url, controller.signal);
      if (!this.mayWrite && method !== 'GET' && method !== 'DELETE') {
        throw new NacosError('Not sent: the instance is being taken out', 'undone');
      }
      const query = new URLSearchParams(data).toString();
      return await send(`${url}?${query}`, { method, headers }, this.timeoutMs, controller);
    } catch (error) {
      if (error instanceof NacosError && error.outcome === 'refused') this.login?.forget();
      throw error;
    } finally {
      this.live.delete(controller);
    }
  }

  private headers(url: string, signal: AbortSignal): Promise<Record<string, string>> {
    const { login } = this;
    if (!login) return Promise.resolve({});
    return new Promise((resolve, reject) => {
      // The login itself goes on: other calls wait for it too.
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      login.header(new URL(url).origin).then(resolve, reject);
    });
  }
}
