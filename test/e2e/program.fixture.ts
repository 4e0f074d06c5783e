import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { guard } from '../../libs/testing/src/servers/guard.js';

/** Nothing of the shell or of the tests, and no proxy of the machine. */
const ENV = { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_PROXY: '*' };

/** What a command prints. Rejects with all that it has printed where it fails. */
export async function output(command: string, cwd: string): Promise<string> {
  const options = { cwd, env: ENV, timeout: 120_000 };
  try {
    return (await promisify(execFile)('bash', ['-c', command], options)).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command}:\n${stdout}${stderr}`, { cause: error });
  }
}

export interface Program {
  /** The lines that it has printed so far. */
  lines(): string[];
  errors(): string;
  signal(name: NodeJS.Signals): void;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** SIGKILL unless it has ended. */
  stop(): Promise<void>;
}

/** A command that goes on until it is stopped. It has to be one program, which then has the shell's process. */
export function startProgram(command: string, cwd: string): Program {
  const child = spawn('bash', ['-c', `exec env ${command}`], {
    cwd,
    env: ENV,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('bash cannot be started');
  guard('watch', pid);
  let printed = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (errors += text));
  const exited = once(child, 'close').then(([code, signal]) => {
    guard('forget', pid);
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  return {
    exited,
    lines: () => printed.split('\n').slice(0, -1),
    errors: () => errors,
    signal: (name) => void child.kill(name),
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
