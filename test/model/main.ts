// `npm run model`: checks the models of the worker lease and of the witness with Spin, all states of them. They must hold,
// each mutant must give a counterexample, and what the models are about must happen in them.
// With `--write-docs` the table goes into docs/RELIABILITY.md.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { table, writeIntoDocument } from '../document.js';
import { inParallel } from '../parallel.js';
import { type Run, runs } from './runs.js';

const execute = promisify(execFile);
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** What Spin's verifier prints; throws where it could not be built or did not end by itself. */
async function verify({ model, defines, expected }: Run): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), 'idun-model-'));
  try {
    await execute('spin', ['-a', ...defines.map((define) => `-D${define}`), path(model)], { cwd });
    // The shortest counterexample is found by breadth first. What ends soon is sooner compiled than made fast.
    const search = expected ? ['-O1', '-DBFS'] : ['-O2'];
    const options = ['-w', '-DSAFETY', '-DMEMLIM=2000', ...search];
    await execute('gcc', [...options, '-o', 'pan', 'pan.c'], { cwd });
    return (await execute('./pan', ['-m100000', '-n'], { cwd, timeout: 300_000 })).stdout;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

const INCOMPLETE =
  /max search depth too small|out of memory|not completed|reached -DMEMLIM|hash table is full/i;

/** Why the run is not as it must be; undefined if it is. */
function complaint(output: string, expected: string | undefined): string | undefined {
  const errors = /errors: (\d+)/.exec(output)?.[1];
  if (expected === undefined) {
    if (errors !== '0') return 'it does not hold';
    return INCOMPLETE.test(output) ? 'not all states were searched' : undefined;
  }
  const violated = /assertion violated (.*) \(at depth/.exec(output)?.[1]?.trim() ?? '';
  return errors === '1' && violated.includes(expected) ? undefined : 'no counterexample was found';
}

async function check(run: Run): Promise<{ row: string[]; failed: boolean }> {
  const begin = Date.now();
  let output = '';
  let failure: string | undefined;
  try {
    output = await verify(run);
    failure = complaint(output, run.expected);
  } catch (error) {
    failure = (error as Error).message;
  }
  if (failure) console.error(`${run.name}: ${failure}\n${output}`);
  const number = (pattern: RegExp) =>
    Number(pattern.exec(output)?.[1] ?? 0).toLocaleString('en-US');
  const row = [
    run.name,
    failure ? 'FAILED' : run.expected === undefined ? 'holds' : 'found',
    number(/(\d+) states, stored/),
    number(/depth reached (\d+)/),
    `${((Date.now() - begin) / 1000).toFixed(1)} s`,
  ];
  console.log(`${run.name.padEnd(58)} ${row.slice(1).join('   ')}`);
  return { row, failed: failure !== undefined };
}

execFileSync('bash', [path('../services/spin.sh')], { stdio: 'inherit' });
const results = await inParallel(runs, check);
console.log(`${results.length} runs`);
const failed = results.filter((result) => result.failed).length;
if (failed === 0 && process.argv.includes('--write-docs')) {
  const rows = results.map(({ row }) => row);
  const text = table(['Run', 'Result', 'States', 'Depth', 'Time'], rows);
  await writeIntoDocument(path('../../docs/RELIABILITY.md'), 'model', text);
}
process.exitCode = failed === 0 ? 0 : 1;
