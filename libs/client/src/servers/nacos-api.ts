import type { NacosDiscoveryOptions } from '../client-options.js';
import { withTimeout, type ClientClock } from '../clock.js';
import { DiscoveryError } from './discovery-error.js';
import { NacosHttp, type NacosAnswer, type NacosRequest } from './nacos-http.js';
import { parseInstances } from './nacos-instances.js';
import { NacosLogin, type Credentials } from './nacos-login.js';
import type { PushPlace } from './nacos-push.js';
import type { Server } from './server.js';

export interface Listing {
  servers: Server[];
  /** The Nacos that answered. */
  address: string;
  /** The address of this side on the way there. */
  localAddress: string | undefined;
}

const LIST_MS = 2_000;
/** Long: Nacos hashes passwords slowly on purpose. */
const LOGIN_MS = 3_000;
const LONGEST_QUOTE = 200;
/** Nacos pushes to clients that it knows by this name, and there is none for Node. */
const AGENT = { 'user-agent': 'Nacos-Java-Client:v1.0.0' };

/** The two calls by which servers are found, at whichever Nacos answers. */
export class NacosApi {
  private readonly http = new NacosHttp();
  private readonly login: NacosLogin;
  private readonly query: Record<string, string>;

  /** `addresses`: `host:port` of each. */
  constructor(
    private addresses: readonly string[],
    private readonly service: string,
    private readonly options: NacosDiscoveryOptions,
    private readonly clock: ClientClock,
  ) {
    const { namespace = 'public', group = 'DEFAULT_GROUP', clusters = [] } = options;
    const { username, password = '' } = options;
    this.login = new NacosLogin(username === undefined ? undefined : { username, password }, clock);
    this.query = {
      namespaceId: namespace,
      serviceName: `${group}@@${service}`,
      clusters: clusters.join(),
    };
  }

  /**
   * Subscribes to news at the same time, where there is a place for them.
   * @throws DiscoveryError that says what was wrong with each Nacos; the reason of `signal`
   */
  async list(place: PushPlace | undefined, signal: AbortSignal): Promise<Listing> {
    const failures: Error[] = [];
    for (const address of this.addresses) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- the next one only where this one fails
        const listing = await this.listAt(address, place, signal);
        this.addresses = [address, ...this.addresses.filter((other) => other !== address)];
        return listing;
      } catch (error) {
        signal.throwIfAborted();
        failures.push(error as Error);
      }
    }
    const reasons = failures.map(({ message }) => message).join('; ');
    throw new DiscoveryError(`Nacos does not say who serves ${this.service}: ${reasons}`, {
      cause: failures[0],
    });
  }

  close(): void {
    this.http.close();
  }

  private async listAt(
    address: string,
    place: PushPlace | undefined,
    signal: AbortSignal,
  ): Promise<Listing> {
    const credentials = await this.login.headers((body) => this.logInAt(address, body, signal));
    const request = {
      path: '/ns/instance/list',
      query: { ...this.query, ...place },
      headers: { ...AGENT, ...credentials },
    };
    const answer = await this.send(address, request, LIST_MS, signal);
    if (isRefusal(answer)) {
      this.login.forget();
      const { username, namespace = 'public' } = this.options;
      const wanted =
        username === undefined
          ? 'asks for a user name and a password'
          : `does not let ${username} read the namespace ${namespace}`;
      throw new Error(`${address} ${wanted} (${quote(answer)})`);
    }
    if (answer.status !== 200) throw new Error(`${address} answered ${quote(answer)}`);
    return { servers: parseAt(address, answer), address, localAddress: answer.localAddress };
  }

  private async logInAt(
    address: string,
    { username, password }: Credentials,
    signal: AbortSignal,
  ): Promise<string> {
    const request = { path: '/auth/login', body: { username, password } };
    const answer = await this.send(address, request, LOGIN_MS, signal);
    if (isRefusal(answer)) {
      throw new Error(`${address} refuses the user name or the password (${quote(answer)})`);
    }
    if (answer.status !== 200)
      throw new Error(`${address} answered ${quote(answer)} to the log-in`);
    return answer.text;
  }

  private async send(
    address: string,
    request: NacosRequest,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<NacosAnswer> {
    const timedOut = () => new Error(`no answer within ${timeoutMs} ms`);
    try {
      return await withTimeout(this.clock, timeoutMs, signal, timedOut, (ended) =>
        this.http.send(address, request, ended),
      );
    } catch (cause) {
      // An error of several attempts to connect has no message of its own.
      const { message, code } = cause as NodeJS.ErrnoException;
      throw new Error(`${address}: ${message || code}`, { cause });
    }
  }
}

function isRefusal({ status }: NacosAnswer): boolean {
  return status === 401 || status === 403;
}

function quote({ status, text }: NacosAnswer): string {
  return `${status}: ${text.slice(0, LONGEST_QUOTE).trim()}`;
}

function parseAt(address: string, { text }: NacosAnswer): Server[] {
  try {
    return parseInstances(text);
  } catch (cause) {
    throw new Error(`${address} answered ${(cause as Error).message}`, { cause });
  }
}
