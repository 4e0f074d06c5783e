import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { guard, serviceScript, temporaryFolder } from './guard.js';

export interface IdunOptions {
  /** Over the defaults: ports 0, a temporary IDUN_DATA_DIR with the SQLite store in it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs the wall clock this far off, `-10m` or `+1.5s`; the monotonic clock stays true. */
  readonly clockOffset?: string;
  /** Kept after `stop`, to start again on the same data. Default: a folder that is removed. */
  readonly dataDir?: string;
  readonly readyTimeoutMs?: number;
  /** The program to run. Default: the built service. */
  readonly entry?: string;
}

export interface IdunExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface IdunProcess {
  readonly pid: number;
  /** Everything printed so far, both streams. */
  logs(): string;
  signal(name: NodeJS.Signals): void;
  readonly exited: Promise<IdunExit>;
  /** Changes `clockOffset` while it runs. Only with that option given at the start. */
  setClockOffset(offset: string): void;
  /** SIGKILL unless it has ended; its temporary data is removed. */
  stop(): Promise<void>;
}

export interface IdunServer extends IdunProcess {
  /** Without a slash at the end. */
  readonly httpUrl: string;
  readonly tcpPort: number;
}

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** Starts the built service and waits for its `listening` line. Rejects with its logs otherwise. */
export async function startIdun(options: IdunOptions = {}): Promise<IdunServer> {
  const idun = spawnIdun(options);
  try {
    const { http, tcp } = await listening(idun, options.readyTimeoutMs ?? 30_000);
    return { ...idun, httpUrl: `http://${hostPort(http)}`, tcpPort: Number(tcp.split(':').at(-1)) };
  } catch (error) {
    await idun.stop();
    throw error;
  }
}

/** Only starts it: for tests of starts that fail. */
export function spawnIdun(options: IdunOptions = {}): IdunProcess {
  const dataDir = options.dataDir ?? temporaryFolder('data');
  const clock = options.clockOffset === undefined ? undefined : fakeClock(options.clockOffset);
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=4', options.entry ?? join(root, 'dist/apps/idun/src/main.js')],
    {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment(dataDir), ...clock?.env, ...options.env },
    },
  );
  const { pid } = child;
  if (pid === undefined) throw new Error('node cannot be started');
  guard('watch', pid);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => void (output += text));
  }
  // `close`, not `exit`: by then everything that it printed has arrived.
  const exited = once(child, 'close').then(([code, signal]): IdunExit => {
    guard('forget', pid);
    return { code, signal };
  });
  return {
    pid,
    exited,
    logs: () => output,
    signal: (name) => void child.kill(name),
    setClockOffset(offset) {
      if (!clock) throw new Error('give clockOffset at the start to change it later');
      clock.set(offset);
    },
    async stop() {
      child.kill('SIGKILL');
      await exited;
      clock?.remove();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Not the environment of the tests: NODE_ENV=test and IDUN_* of a shell must not take part. */
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

function fakeClock(offset: string) {
  const library = execFileSync('bash', [serviceScript('faketime.sh')], { encoding: 'utf8' }).trim();
  const folder = temporaryFolder('clock');
  const file = join(folder, 'offset');
  const set = (value: string) => {
    writeFileSync(`${file}.new`, `${value}\n`);
    renameSync(`${file}.new`, file); // never half a file: it is read at every look at the clock
  };
  set(offset);
  return {
    set,
    remove: () => rmSync(folder, { recursive: true, force: true }),
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      // Timers of Node run on this clock: faked, they would fire at the wrong moments.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  };
}

interface Addresses {
  readonly http: string;
  readonly tcp: string;
}

async function listening(idun: IdunProcess, timeoutMs: number): Promise<Addresses> {
  let exit: IdunExit | undefined;
  void idun.exited.then((value) => (exit = value));
  for (const deadline = Date.now() + timeoutMs; ; await new Promise((r) => setTimeout(r, 20))) {
    const found = addressesIn(idun.logs());
    if (found) return found;
    if (exit) throw new Error(`idun ended with ${exit.code ?? exit.signal}:\n${idun.logs()}`);
    if (Date.now() > deadline) throw new Error(`idun is not listening:\n${idun.logs()}`);
  }
}

function addressesIn(logs: string): Addresses | undefined {
  for (const line of logs.split('\n')) {
    if (!line.includes('"listening"')) continue;
    try {
      const { event, http, tcp } = JSON.parse(line) as Record<string, unknown>;
      if (event === 'listening' && typeof http === 'string' && typeof tcp === 'string') {
        return { http, tcp };
      }
    } catch {
      // Not a whole line yet, or not one of the log's.
    }
  }
  return undefined;
}

/** `127.0.0.1:8080` of an address or a URL. */
function hostPort(address: string): string {
  return address.replace(/^\w+:\/\//, '').replace(/\/.*$/, '');
}
