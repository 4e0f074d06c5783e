import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A worker id, kept until `end`. */
export interface Held {
  workerId: number;
  /** Made under it. */
  ids: string[];
}

export interface LeaseHolders {
  /** All of them at once; resolves when each holds an id. */
  begin(): Promise<Held[]>;
  /** Resolves when all have given their ids back; rejects if one did not end well. */
  end(): Promise<void>;
}

const script = fileURLToPath(new URL('lease-holder.mjs', import.meta.url));
const SESSIONS = 5;

/**
 * So many holders with a session each, five in a process: loaded, and waiting for one another. As whole nodes they
 * would take 6 GB, and most of a minute of two cores to start.
 */
export async function startLeaseHolders(
  size: number,
  options: { connectString: string; root: string },
): Promise<LeaseHolders> {
  const processes = Array.from({ length: size / SESSIONS }, (_, i) => {
    const instances = Array.from({ length: SESSIONS }, (__, k) => `node-${i * SESSIONS + k}`);
    return startProcess({ ...options, instances, lastWorkerId: size - 1, count: 1_000 });
  });
  await Promise.all(processes.map((each) => each.next()));
  return {
    async begin() {
      const held = processes.map((each) => each.next());
      for (const { child } of processes) child.stdin.write('begin\n');
      return (await Promise.all(held)).flat() as Held[];
    },
    async end() {
      for (const { child } of processes) child.stdin.end();
      const codes = await Promise.all(processes.map(({ exited }) => exited));
      if (codes.some((code) => code !== 0)) throw new Error(`holders ended with ${codes.join()}`);
    },
  };
}

interface HolderProcess {
  child: ChildProcessByStdio<Writable, Readable, null>;
  /** What it says next. */
  next(): Promise<unknown>;
  exited: Promise<number | null>;
}

function startProcess(options: object): HolderProcess {
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    child,
    async next() {
      const line = await lines.next();
      if (line.done) throw new Error('a lease holder ended too early');
      return JSON.parse(line.value) as unknown;
    },
    exited: once(child, 'exit').then(([code]) => code as number | null),
  };
}
