import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeIntoDocument } from '../document.js';
import { chooseCores, type Cores } from './cores.js';
import { Guard } from './guard.js';
import type { InProcessResult } from './in-process/measure.js';
import { measureLeasedIds } from './leased.js';
import { describeMachine } from './machine.js';
import { measureIdleMemory } from './memory.js';
import { parseOptions, USAGE, type BenchOptions } from './options.js';
import { report } from './report.js';
import type { BenchResults } from './results.js';
import { runScenarios } from './run-scenarios.js';
import { scenarios } from './scenarios.js';

const IN_PROCESS_ROUND_MS = 1_000;
const MEMORY_STARTS = 3;

/** Resolves to the exit code. The tables go to standard output, progress to standard error. */
export async function main(args: readonly string[], root: string): Promise<number> {
  let options: BenchOptions;
  try {
    options = parseOptions(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const guard = new Guard(root);
  try {
    const results = await run(options, root, guard);
    const text = report(results);
    console.log(`\n${text}\n`);
    const file = join(tmpdir(), `idun-bench-${Date.now()}.json`);
    writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
    console.log(`All figures as JSON: ${file}`);
    if (options.writeDocs)
      await writeIntoDocument(join(root, 'docs/PERFORMANCE.md'), 'bench', text);
    return 0;
  } finally {
    guard.end();
  }
}

async function run(options: BenchOptions, root: string, guard: Guard): Promise<BenchResults> {
  const { rounds, seconds, patience, only } = options;
  const cores = chooseCores();
  const progress = (text: string) => console.error(text);
  const results: BenchResults = {
    machine: describeMachine(root, cores),
    rounds,
    seconds,
    samples: {},
  };
  progress(cores.description);
  const chosen = scenarios.filter(
    ({ id }) => only.length === 0 || only.some((part) => id.includes(part)),
  );
  if (chosen.length === 0) throw new Error('no scenario has such an id');
  if (only.length === 0) {
    progress('memory at rest');
    results.idleMemoryMb = await measureIdleMemory(root, MEMORY_STARTS, guard);
    progress('generators in process');
    results.inProcess = await inProcess(root, cores, rounds);
    progress('ids leased by a client');
    results.leased = await measureLeasedIds(root, cores, rounds, guard);
  }
  results.samples = await runScenarios(
    chosen,
    { root, cores, rounds, seconds, patience, progress },
    guard,
  );
  return results;
}

/** In a process of its own, on the core of the servers. */
async function inProcess(root: string, cores: Cores, rounds: number): Promise<InProcessResult> {
  const script = join(root, 'dist/test/bench/in-process/main.js');
  const command = [...cores.server, process.execPath, script];
  const [program, ...args] = [...command, String(rounds), String(IN_PROCESS_ROUND_MS)];
  const { stdout } = await promisify(execFile)(program, args);
  return JSON.parse(stdout) as InProcessResult;
}
