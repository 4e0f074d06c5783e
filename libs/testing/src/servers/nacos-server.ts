import { freePort, isFree } from './free-port.js';
import { installService } from './install-service.js';
import { ServerProcess } from './server-process.js';

export interface NacosServerOptions {
  /** Asks everybody for it, the user being `nacos`. Default: no authentication. */
  readonly password?: string;
}

/** What Nacos lists of an instance, as far as tests look at it. */
export interface NacosInstance {
  readonly ip: string;
  readonly port: number;
  readonly weight: number;
  readonly healthy: boolean;
  readonly ephemeral: boolean;
  readonly clusterName: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A Nacos of the test's own. It keeps nothing: each start is with empty state. */
export interface NacosServer {
  readonly host: string;
  readonly port: number;
  /** `host:port` */
  readonly address: string;
  pid(): number;
  /** SIGKILL: like a crash of the process. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port with empty state. */
  start(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  /** SIGCONT after `pause`. */
  resume(): void;
  /** The instances of a service, healthy or not; Nacos takes half a second to list a change. */
  instances(service: string, where?: NacosPlace): Promise<NacosInstance[]>;
  /** Calls its HTTP interface. Rejects unless the answer is 200. */
  ask(method: string, path: string, parameters?: Record<string, string>): Promise<string>;
  stop(): Promise<void>;
}

export interface NacosPlace {
  readonly namespace?: string;
  readonly group?: string;
}

const HOST = '127.0.0.1';
const ANSWER_MS = 10_000;
const START_MS = 240_000;
/** On a busy machine its embedded database may not be there in time, and then it ends. */
const START_ATTEMPTS = 3;

/** A real Nacos. Takes 8 to 10 s, minutes where it has to be downloaded first. */
export async function startNacos(options: NacosServerOptions = {}): Promise<NacosServer> {
  await installService('nacos.sh');
  const { password } = options;
  const port = await freePorts();
  const address = `${HOST}:${port}`;
  const settings = [`nacos.core.auth.enabled=${password !== undefined}`];
  const server = new ServerProcess('nacos.sh', port, settings);
  let token: string | undefined;

  const ask = async (method: string, path: string, parameters: Record<string, string> = {}) => {
    const answer = await fetch(`http://${address}/nacos/v1${path}?${toQuery(parameters)}`, {
      method,
      signal: AbortSignal.timeout(ANSWER_MS),
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Nacos answered ${answer.status}: ${text}`);
    return text;
  };
  const start = async () => {
    token = undefined;
    await startPatiently(server, () => isUp(ask));
    if (password === undefined) return;
    await ask('POST', '/auth/users/admin', { password });
    const login = await ask('POST', '/auth/login', { username: 'nacos', password });
    token = (JSON.parse(login) as { accessToken: string }).accessToken;
  };
  try {
    await start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    host: HOST,
    port,
    address,
    ask,
    start,
    pid: () => server.pid(),
    kill: () => server.kill(),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    stop: () => server.stop(),
    async instances(service, { namespace = 'public', group = 'DEFAULT_GROUP' } = {}) {
      const serviceName = `${group}@@${service}`;
      const list = await ask('GET', '/ns/instance/list', { serviceName, namespaceId: namespace });
      return (JSON.parse(list) as { hosts: NacosInstance[] }).hosts;
    },
  };
}

async function startPatiently(server: ServerProcess, probe: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await server.start(probe, START_MS);
      return;
    } catch (error) {
      if (server.running() || attempt === START_ATTEMPTS) throw error;
    }
  }
}

/** It takes the port 1000 below for its own. */
async function freePorts(): Promise<number> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- until both are free
    const port = await freePort();
    // oxlint-disable-next-line no-await-in-loop -- the same
    if (await isFree(port - 1_000)) return port;
  }
}

async function isUp(ask: NacosServer['ask']): Promise<void> {
  const metrics = JSON.parse(await ask('GET', '/ns/operator/metrics')) as { status: string };
  if (metrics.status !== 'UP') throw new Error(`Nacos is ${metrics.status}`);
}

function toQuery(parameters: Record<string, string>): string {
  return new URLSearchParams(parameters).toString();
}
