import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { guard, serviceScript, temporaryFolder } from './guard.js';

/** One server run by `<script> serve FOLDER PORT`, in a folder of its own. */
export class ServerProcess {
  readonly folder: string;
  private child: ChildProcess | undefined;
  private ended: Promise<void> = Promise.resolve();

  constructor(
    private readonly script: string,
    private readonly port: number,
    /** A function is asked at each start. */
    private readonly args: readonly string[] | (() => readonly string[]),
  ) {
    this.folder = temporaryFolder(script.replace('.sh', ''));
  }

  /** Starts it on the data that is there and waits until `probe` resolves. */
  async start(probe: () => Promise<unknown>, timeoutMs = 120_000): Promise<void> {
    if (this.running()) throw new Error(`${this.script} runs already`);
    this.launch();
    for (const deadline = Date.now() + timeoutMs; ; await delay(50)) {
      if (!this.running()) throw new Error(`${this.script} ended early:\n${this.log()}`);
      try {
        await probe();
        const container = this.container();
        if (container !== undefined) guard('container', container);
        return;
      } catch (cause) {
        if (Date.now() < deadline) continue;
        throw new Error(`${this.script} does not answer:\n${this.log()}`, { cause });
      }
    }
  }

  private launch(): void {
    const log = openSync(join(this.folder, 'log'), 'a');
    const args = typeof this.args === 'function' ? this.args() : this.args;
    const child = spawn(
      'bash',
      [serviceScript(this.script), 'serve', this.folder, String(this.port), ...args],
      // Detached: Ctrl-C is for the tests, which then stop their servers themselves.
      { detached: true, stdio: ['ignore', log, log] },
    );
    closeSync(log);
    child.unref();
    this.child = child;
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()));
    if (child.pid === undefined) throw new Error(`bash cannot be started for ${this.script}`);
    const { pid } = child;
    guard('watch', pid);
    child.once('exit', () => guard('forget', pid));
  }

  running(): boolean {
    return this.child !== undefined && this.child.exitCode === null && !this.child.signalCode;
  }

  pid(): number {
    if (!this.child?.pid || !this.running()) throw new Error(`${this.script} is not running`);
    return this.child.pid;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    const container = this.container();
    if (container === undefined) process.kill(this.pid(), name);
    else execFileSync('docker', ['kill', '--signal', name, container], { stdio: 'ignore' });
  }

  /** Like a power cut: no shutdown. The data stays. Resolves when the process is gone. */
  async kill(): Promise<void> {
    if (!this.running()) return;
    this.signal('SIGKILL');
    this.child?.ref(); // so that nothing exits before this is done
    await this.ended;
  }

  /** Kills it and removes its data. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The container's name where the server had to be run by Docker. */
  private container(): string | undefined {
    const file = join(this.folder, 'container');
    if (!existsSync(file)) return undefined;
    return readFileSync(file, 'utf8').trim();
  }

  private log(): string {
    const lines = readFileSync(join(this.folder, 'log'), 'utf8').trimEnd().split('\n');
    return lines.slice(-20).join('\n');
  }
}
