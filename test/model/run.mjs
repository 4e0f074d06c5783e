// `npm run model`: checks the models of the worker lease with Spin, all states of them. The models must hold,
// each mutant must give a counterexample, and what the models are about must happen in them.
// With `--write-docs` the table goes into docs/RELIABILITY.md.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const LEASE = 'worker-lease.pml';
const DEADLINE = 'deadline.pml';
const UNIQUE = '!(((watching&&(watchedId==id))&&(watchedTime==t)))';
const EARLY = '!(taken)';

const mutant = (name, model, expected) => ({
  name: `mutant ${name}`,
  model,
  expected,
  // Two of the three nodes are enough to break it, and that is soon found.
  defines: [`MUTANT_${name}`, 'OWNERS=2'],
});
const reached = (name, model, define, expected) => ({
  name: `reached: ${name}`,
  model,
  expected,
  defines: [define, 'OWNERS=2'],
});

const runs = [
  { name: 'unique', model: LEASE, defines: [] },
  { name: 'early end', model: DEADLINE, defines: [] },
  mutant('NO_RESERVATION', LEASE, UNIQUE),
  mutant('UNCONDITIONAL_WRITE', LEASE, UNIQUE),
  mutant('NO_VERSION_BUMP', LEASE, UNIQUE),
  mutant('CALL_OUTLIVES_TIMEOUT', LEASE, UNIQUE),
  mutant('DEADLINE_FROM_REPLY', DEADLINE, EARLY),
  reached('a holder issues after the id was taken from it', LEASE, 'REACH=1', '1!=1'),
  reached('two nodes have an id each', LEASE, 'REACH=2', '2!=2'),
  reached('two nodes issue under one id', LEASE, 'REACH=3', '3!=3'),
  reached('a late write is carried out', LEASE, 'REACH=4', '4!=4'),
  reached('a released id is taken', LEASE, 'REACH=5', '5!=5'),
  reached('a lease is taken from a holder', DEADLINE, 'REACH_TAKEN=1', '(1==0)'),
];

/** What Spin's verifier prints; throws where it could not be built or did not end by itself. */
function verify({ model, defines, expected }) {
  const cwd = mkdtempSync(join(tmpdir(), 'idun-model-'));
  try {
    execFileSync('spin', ['-a', ...defines.map((define) => `-D${define}`), path(model)], { cwd });
    // The shortest counterexample is found by breadth first.
    const search = expected ? ['-DBFS'] : [];
    execFileSync(
      'gcc',
      ['-O2', '-w', '-DSAFETY', '-DMEMLIM=2000', ...search, '-o', 'pan', 'pan.c'],
      { cwd },
    );
    const { status, stdout } = spawnSync('./pan', ['-m100000', '-n'], {
      cwd,
      encoding: 'utf8',
      timeout: 240_000,
    });
    if (status !== 0) throw new Error(`the verifier ended with ${status}\n${stdout}`);
    return stdout;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

const INCOMPLETE =
  /max search depth too small|out of memory|not completed|reached -DMEMLIM|hash table is full/i;

/** Why the run is not as it must be; undefined if it is. */
function complaint(output, expected) {
  const errors = /errors: (\d+)/.exec(output)?.[1];
  if (expected === undefined) {
    if (errors !== '0') return 'it does not hold';
    return INCOMPLETE.test(output) ? 'not all states were searched' : undefined;
  }
  const violated = /assertion violated (.*) \(at depth/.exec(output)?.[1]?.trim() ?? '';
  return errors === '1' && violated.includes(expected) ? undefined : 'no counterexample was found';
}

function check(run) {
  const begin = Date.now();
  let output = '';
  let failure;
  try {
    output = verify(run);
    failure = complaint(output, run.expected);
  } catch (error) {
    failure = error.message;
  }
  if (failure) console.error(`${run.name}: ${failure}\n${output}`);
  const number = (pattern) => Number(pattern.exec(output)?.[1] ?? 0).toLocaleString('en-US');
  const row = [
    run.name,
    failure ? 'FAILED' : run.expected === undefined ? 'holds' : 'found',
    number(/(\d+) states, stored/),
    number(/depth reached (\d+)/),
    `${((Date.now() - begin) / 1000).toFixed(1)} s`,
  ];
  console.log(`${row[0].padEnd(58)} ${row.slice(1).join('   ')}`);
  return { row, failed: failure !== undefined };
}

async function writeDocs(rows) {
  const file = path('../../docs/RELIABILITY.md');
  const [begin, end] = ['<!-- model:begin -->', '<!-- model:end -->'];
  const head = [['Run', 'Result', 'States', 'Depth', 'Time'], Array(5).fill('---')];
  const table = [...head, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
  const text = readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no ${begin} and ${end}`);
  const next = `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`;
  writeFileSync(file, await format(next, { ...(await resolveConfig(file)), filepath: file }));
}

execFileSync('bash', [path('../services/spin.sh')], { stdio: 'inherit' });
const results = runs.map(check);
const failed = results.filter((result) => result.failed).length;
if (failed === 0 && process.argv.includes('--write-docs')) {
  await writeDocs(results.map(({ row }) => row));
}
process.exitCode = failed === 0 ? 0 : 1;
