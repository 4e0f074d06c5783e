import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Guard } from './guard.js';
import type { ServerName } from './scenarios.js';

const START_TIMEOUT_MS = 30_000;
const READY_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 5_000;

export interface RunningServer {
  readonly pid: number;
  readonly httpPort: number | undefined;
  readonly tcpPort: number | undefined;
  /** Resolves when the process is gone. */
  stop(): Promise<void>;
}

/** Starts a server and waits for its `listening` line; `prefix` is what pins it to a core, `settings` are variables of idun. */
export async function startServer(
  name: ServerName,
  root: string,
  prefix: readonly string[],
  guard: Guard,
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const [program = '', ...args] = [...prefix, ...commandOf(name, root)];
  const child = spawn(program, args, {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...environment(guard.temporaryFolder()), ...settings },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} cannot be started`);
  guard.watch(pid);
  const exited = once(child, 'exit').then(() => guard.forget(pid));
  const { http, tcp } = await Promise.race([
    listening(createInterface(child.stdout)),
    exited.then(() => Promise.reject(new Error(`${name} ended at its start`))),
  ]);
  return {
    pid,
    httpPort: portOf(http),
    tcpPort: portOf(tcp),
    async stop() {
      child.kill('SIGTERM');
      const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(deadline);
    },
  };
}

/** The database and a worker id come a moment after the ports are open. */
export async function untilReady(idun: RunningServer): Promise<void> {
  for (const deadline = Date.now() + READY_TIMEOUT_MS; ; await delay(50)) {
    const { ok } = await fetch(`http://127.0.0.1:${idun.httpPort}/health/ready`);
    if (ok) return;
    if (Date.now() > deadline) throw new Error('idun does not become ready');
  }
}

/** idun exactly as `npm start` starts it, the others plainly. */
function commandOf(name: ServerName, root: string): string[] {
  if (name !== 'idun') return [process.execPath, join(root, `dist/test/bench/servers/${name}.js`)];
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  const [program, ...args] = scripts.start.split(' ');
  if (program !== 'node')
    throw new Error(`the start script is expected to run node: ${scripts.start}`);
  return [process.execPath, ...args];
}

/** Nothing of the caller's: an IDUN_* variable of a shell must not take part. */
function environment(dataDir: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    IDUN_HTTP_PORT: '0',
    IDUN_TCP_PORT: '0',
    IDUN_DATA_DIR: dataDir,
    IDUN_DATABASE_URLS: `sqlite:${join(dataDir, 'idun.db')}`,
  };
}

interface Addresses {
  http?: string;
  tcp?: string;
}

function listening(lines: NodeJS.EventEmitter): Promise<Addresses> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error('a server does not say where it listens'));
    const timer = setTimeout(late, START_TIMEOUT_MS);
    // Stays on, so that what it logs later is read and dropped.
    lines.on('line', (line: string) => {
      if (!line.includes('"event":"listening"')) return;
      clearTimeout(timer);
      resolve(JSON.parse(line) as Addresses);
    });
  });
}

function portOf(address: string | undefined): number | undefined {
  return address === undefined ? undefined : Number(address.split(':').at(-1));
}
