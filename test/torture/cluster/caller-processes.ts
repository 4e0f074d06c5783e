import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CallerOptions, Pulse, Role } from '../callers/caller-options.js';
import { CALLS } from '../callers/caller-options.js';

const ROLES: readonly Role[] = ['direct', 'clients', 'leases'];
const RUNNER = fileURLToPath(new URL('../../../libs/testing/run-typescript.mjs', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../callers/main.ts', import.meta.url));
/** What is looked at: longer than the checker wants all to work, so that it finds its moment before something breaks again. */
export const PULSE_MEMORY_MS = 600;

interface Beat {
  atMs: number;
  series: string;
  failed: number;
}

/** The processes that call the nodes. */
export class CallerProcesses {
  private readonly children: ChildProcess[];
  private beats: Beat[] = [];
  private readonly wanted: string[];

  constructor(options: Omit<CallerOptions, 'role' | 'process'>) {
    this.wanted = CALLS.flatMap(({ isDirect }, call) =>
      isDirect ? options.nodes.map((_, index) => `${call} ${index + 1}`) : [`${call} 0`],
    );
    this.children = ROLES.map((role, index) => this.spawn({ ...options, role, process: index }));
  }

  /** Whether every kind of call succeeds now, as far as was heard; what is missing or fails otherwise. */
  complaints(): string[] {
    const since = Date.now() - PULSE_MEMORY_MS;
    this.beats = this.beats.filter(({ atMs }) => atMs >= since);
    const failing = this.beats.filter(({ failed }) => failed > 0).map(({ series }) => series);
    const heard = new Set(this.beats.map(({ series }) => series));
    const bad = new Set([...failing, ...this.wanted.filter((series) => !heard.has(series))]);
    return [...bad].map((series) => {
      const [call, node] = series.split(' ');
      return `${CALLS[Number(call)]!.name}${node === '0' ? '' : ` at node ${node}`}`;
    });
  }

  /** Resolves when they have written all down. Throws where one of them had ended before. */
  async stop(): Promise<void> {
    const dead = this.children.filter(({ exitCode }) => exitCode !== null);
    await Promise.all(
      this.children.map(async (child) => {
        if (child.exitCode !== null) return;
        const gone = once(child, 'exit');
        child.send('stop');
        await gone;
      }),
    );
    const failed = this.children.filter(({ exitCode }) => exitCode !== 0);
    if (dead.length + failed.length > 0) throw new Error('a process of callers ended too early');
  }

  /** Whatever is left of them, without a record of the last second. */
  async kill(): Promise<void> {
    for (const child of this.children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      // oxlint-disable-next-line no-await-in-loop -- they die at once
      await gone;
    }
  }

  private spawn(options: CallerOptions): ChildProcess {
    const child = spawn(process.execPath, [RUNNER, PROGRAM, JSON.stringify(options)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.on('message', ({ counts }: Pulse) => {
      const atMs = Date.now();
      for (const [call, node, , failed] of counts) {
        this.beats.push({ atMs, series: `${call} ${node}`, failed });
      }
    });
    return child;
  }
}
