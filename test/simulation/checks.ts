import { basename, join } from 'node:path';
import { table } from '../document.js';
import { inParallel } from '../parallel.js';
import { applyUnreached, LEASE_FILES } from './unreached.js';
import { compile } from './compile.js';
import { countBranches, type Branch } from './instrument.js';
import { FAULTS } from './faults.js';
import { MUTANTS } from './mutants.js';
import type { SimulationOptions } from './options.js';
import { runThreads } from './run-threads.js';
import { simulate, type Outcome } from './simulation.js';

export interface Checked {
  ok: boolean;
  /** Markdown. */
  text: string;
}

interface Check {
  root: string;
  folder: string;
  options: SimulationOptions;
}

const COVERAGE_SEEDS = 1_000;
const MUTANT_SEEDS = 1_000;
const TRACE_LINES = 40;

/** The seeds, on the code as it is. */
export async function checkSeeds({ root, folder, options }: Check): Promise<Checked> {
  const program = compile({ root, folder: join(folder, 'plain') });
  const begin = performance.now();
  const report = await runThreads(program, options);
  const seconds = (performance.now() - begin) / 1_000;
  if (report.failure) return { ok: false, text: await failureText(report.failure) };
  const missing = Object.keys(FAULTS).filter((kind) => !report.counts[kind]);
  const rows = Object.entries(report.counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, count]) => [kind, String(count)]);
  const text = [
    `${report.seeds} seeds from ${options.from} on in ${seconds.toFixed(0)} s: ${report.events} faults, ${report.ids} ids, no violation.`,
    `A seed had at least ${report.leastNodes} nodes, ${report.leastEvents} faults and ${report.leastIds} ids.`,
    '',
    table(['Event', 'Times'], rows),
    ...missing.map((kind) => `NOT SEEN: ${kind}`),
  ].join('\n');
  return { ok: missing.length === 0, text };
}

/** The trace's end, and how to see all of it. */
async function failureText({ seed, violations }: Outcome): Promise<string> {
  const lines: string[] = [];
  await simulate(seed, (line) => lines.push(line));
  const first = lines.findIndex((line) => line.includes(' CHECK '));
  return [
    ...lines.slice(Math.max(0, first + 1 - TRACE_LINES), first + 1),
    ...violations.map(([property, text]) => `FAILED ${property}: ${text}`),
    `Replay: npm run simulate -- --seed ${seed}`,
  ].join('\n');
}

/** Which branches of the lease code some seeds take, with counters compiled in. */
export async function checkCoverage({ root, folder, options }: Check): Promise<Checked> {
  const branches: Branch[] = [];
  const program = compile({
    root,
    folder: join(folder, 'counted'),
    instrument: (file) => (LEASE_FILES.test(file) ? countBranches(file, branches) : undefined),
  });
  const seeds = Math.min(COVERAGE_SEEDS, options.seeds);
  const run = { from: options.from, seeds, branches: branches.length };
  const { hits } = await runThreads(program, run);
  const unreached = branches.filter((_, index) => hits[index] === 0);
  const { named, unnamed, stale } = applyUnreached(unreached);
  const files = [...new Set(branches.map(({ file }) => file))];
  const reached = (file: string) => {
    const all = branches.filter((branch) => branch.file === file);
    return `${all.length - unreached.filter((branch) => branch.file === file).length} of ${all.length}`;
  };
  const text = [
    `Branches of the lease code that the first ${seeds} of these seeds take:`,
    '',
    table(
      ['File', 'Branches'],
      files.map((file) => [`\`${file}\``, reached(file)]),
    ),
    '',
    ...named.map(({ branch, reason }) => `- Not taken: ${place(branch)}. ${reason}`),
    ...unnamed.map((branch) => `- NOT TAKEN and not explained: ${place(branch)}`),
    ...stale.map(
      (branch) => `- TAKEN, although test/simulation/unreached.ts explains why not: ${branch}`,
    ),
  ].join('\n');
  // Other seeds may take a rare branch, or miss one.
  const isUsual = options.from === 1 && seeds === COVERAGE_SEEDS;
  return { ok: !isUsual || (unnamed.length === 0 && stale.length === 0), text };
}

const place = ({ file, line, text }: Branch) => `${basename(file)}:${line} \`${text}\``;

/** Each mutant must break its property within some seeds. */
export async function checkMutants({ root, folder, options }: Check): Promise<Checked> {
  const rows = await inParallel(MUTANTS, async (mutant) => {
    const target = join(folder, `mutant ${mutant.name.replaceAll(/\W/g, ' ')}`);
    const program = compile({ root, folder: target, edit: mutant });
    const run = { from: options.from, seeds: MUTANT_SEEDS, wanted: mutant.breaks, threads: 1 };
    const { failure, seeds } = await runThreads(program, run);
    return [mutant.name, mutant.breaks, failure ? String(seeds) : 'NOT FOUND'] as const;
  });
  const text = [
    'Mutants, the property that each breaks, and after how many seeds that is found:',
    '',
    table(['Mutant', 'Property', 'Seeds'], rows),
  ].join('\n');
  return { ok: rows.every(([, , found]) => found !== 'NOT FOUND'), text };
}
