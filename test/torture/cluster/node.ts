import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  startIdun,
  temporaryFolder,
  type IdunServer,
} from '../../../libs/testing/src/servers/index.js';

export interface NodeOptions {
  number: number;
  httpPort: number;
  env: Readonly<Record<string, string | undefined>>;
  /** How its clock stands at a start, where it can be set. */
  clock: string | undefined;
  /** The program, for a mutant. */
  entry: string | undefined;
  /** Takes its logs. */
  folder: string;
}

/** One of the nodes under torture: the same ports and data folder, whatever process it is. */
export class Node {
  readonly name: string;
  readonly httpUrl: string;
  private readonly dataDir = temporaryFolder('torture-node');
  private process: IdunServer | undefined;

  constructor(readonly options: NodeOptions) {
    this.name = `node ${options.number}`;
    this.httpUrl = `http://127.0.0.1:${options.httpPort}`;
  }

  /** Resolves once it listens. */
  async start(): Promise<void> {
    const { env, clock, entry } = this.options;
    this.process = await startIdun({
      env: given(env),
      dataDir: this.dataDir,
      readyTimeoutMs: 60_000,
      ...(clock !== undefined && { clockOffset: clock }),
      ...(entry !== undefined && { entry }),
    });
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.process?.signal(name);
  }

  setClock(offset: string): void {
    this.process?.setClockOffset(offset);
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** As an operator would: resolves when it has ended by itself. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { process } = this;
    if (!process) return;
    this.process = undefined;
    process.signal(signal);
    await process.exited;
    appendFileSync(join(this.options.folder, `${this.name.replace(' ', '-')}.log`), process.logs());
    await process.stop();
  }
}

function given(env: NodeOptions['env']): Record<string, string> {
  const set = Object.entries(env).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as Record<string, string>;
}
