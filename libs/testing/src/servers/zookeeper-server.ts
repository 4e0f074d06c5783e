import { once } from 'node:events';
import { connect } from 'node:net';
import { freePort } from './free-port.js';
import { ServerProcess } from './server-process.js';

/** A ZooKeeper of the test's own, alone or a member of an ensemble. Its data is gone after `stop`. */
export interface ZooKeeperServer {
  readonly host: string;
  readonly port: number;
  /** `host:port` of this server alone. */
  readonly connectString: string;
  pid(): number;
  /** SIGKILL: like a crash of the process. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port; resolves when it serves, which a member does within a majority. */
  start(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  /** SIGCONT after `pause`. */
  resume(): void;
  stop(): Promise<void>;
}

export interface ZooKeeperEnsemble {
  /** All members, separated by commas. */
  readonly connectString: string;
  readonly members: readonly ZooKeeperServer[];
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
/** Long enough for an installation. */
const START_MS = 300_000;

/** A real ZooKeeper. Takes 1 to 3 s, longer where it has to be installed first. */
export async function startZooKeeper(): Promise<ZooKeeperServer> {
  const server = zooKeeperServer(await freePort(), []);
  await started([server]);
  return server;
}

/** So many real ZooKeepers that replicate one another: the service goes on while a majority of them lives. */
export async function startZooKeeperEnsemble(size: number): Promise<ZooKeeperEnsemble> {
  const ports = await freePorts(3 * size);
  const peers = Array.from(
    { length: size },
    (_, n) => `server.${n + 1}=${HOST}:${ports[size + n]}:${ports[2 * size + n]}`,
  );
  const members = ports
    .slice(0, size)
    .map((port, n) => zooKeeperServer(port, [...peers, `myid=${n + 1}`]));
  await started(members);
  return {
    connectString: members.map((member) => member.connectString).join(','),
    members,
    stop: () => stopAll(members),
  };
}

function zooKeeperServer(port: number, settings: readonly string[]): ZooKeeperServer {
  const server = new ServerProcess('zookeeper.sh', port, settings);
  return {
    host: HOST,
    port,
    connectString: `${HOST}:${port}`,
    pid: () => server.pid(),
    kill: () => server.kill(),
    start: () => server.start(() => serves(port), START_MS),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    stop: () => server.stop(),
  };
}

async function started(servers: readonly ZooKeeperServer[]): Promise<void> {
  try {
    await Promise.all(servers.map((server) => server.start()));
  } catch (error) {
    await stopAll(servers);
    throw error;
  }
}

async function stopAll(servers: readonly ZooKeeperServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  // oxlint-disable-next-line no-await-in-loop -- a port may come twice
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

/** Rejects unless the server takes part in the service: one that looks for a majority answers, but without a mode. */
async function serves(port: number): Promise<void> {
  const answer = await askServer(port);
  if (!answer.includes('Mode: ')) throw new Error(answer || 'ZooKeeper said nothing');
}

/** What the server says of itself, by its command `srvr`. */
export async function askServer(port: number): Promise<string> {
  const socket = connect({ host: HOST, port, timeout: 2_000 });
  try {
    await once(socket, 'connect');
    socket.on('timeout', () => socket.destroy(new Error('ZooKeeper does not answer')));
    socket.write('srvr');
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    return answer;
  } finally {
    socket.destroy();
  }
}
