import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a process is started with so that it stays on a core of its own. */
export interface Cores {
  /** Put before the command; empty where it cannot be pinned. */
  server: readonly string[];
  load: readonly string[];
  /** For the report. */
  description: string;
}

/** The server on one core, the load generator on another, where the system lets us. */
export function chooseCores(): Cores {
  if (process.platform !== 'linux') return unpinned('only Linux has taskset');
  if (spawnSync('taskset', ['--version']).status !== 0) return unpinned('there is no taskset');
  const status = readFileSync('/proc/self/status', 'latin1');
  const cores = parseCoreList(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '');
  const [load, server] = cores;
  if (load === undefined || server === undefined) return unpinned('there is only one core');
  return {
    server: ['taskset', '-c', String(server)],
    load: ['taskset', '-c', String(load)],
    description: `servers pinned to core ${server}, the load generator to core ${load}`,
  };
}

/** The kernel's notation: `0-3,8`. */
export function parseCoreList(text: string): number[] {
  if (text === '') return [];
  return text.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

function unpinned(why: string): Cores {
  const description = `NOT pinned to cores, as ${why}: servers and load generator disturb each other`;
  return { server: [], load: [], description };
}
