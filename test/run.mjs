// `npm test`: every check of the project, one after the other. The last line that it prints is
// `N passed, N failed`: the tests of all vitest projects plus one for each of the other steps.
// `node test/run.mjs lint unit` runs only the steps named.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const strict = Boolean(process.env.CI);
const stepTimeoutMs = 15 * 60_000;
// For a second run under another Node, without what does not depend on it; vitest.config.ts takes fewer specs then.
const quick = Boolean(process.env.IDUN_TEST_QUICK);

/**
 * A step passes as a whole unless it is vitest's, which counts the tests of the projects whose names begin so.
 * `once`: no step of the second run.
 */
const steps = [
  { name: 'build', command: ['npm', 'run', '--silent', 'build:all'] },
  { name: 'typecheck', command: ['tsc', '--noEmit', '-p', 'tsconfig.json'], once: true },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'], once: true },
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'], once: true },
  { name: 'model', command: ['npm', 'run', '--silent', 'model'], once: true },
  { name: 'unit', vitest: true },
  {
    name: 'simulation',
    command: ['npm', 'run', '--silent', 'simulate', '--', '--seeds', '10000', '--mutants'],
    once: true,
  },
  { name: 'integration', vitest: true },
  { name: 'e2e', vitest: true, needs: 'build' },
  {
    name: 'torture',
    command: 'npm run --silent torture -- --seconds 90 --seed 1 --seed random'.split(' '),
    once: true,
    needs: 'build',
  },
];

// Named once more at the end, as the output of a whole run is long.
const failures = [];

/** Resolves to the exit code; a step that hangs or cannot be started has code 1. */
function execute([program, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, PATH: join(root, 'node_modules/.bin') + delimiter + process.env.PATH },
    });
    const timer = setTimeout(() => {
      console.error(`${program} took longer than ${stepTimeoutMs / 60_000} minutes`);
      child.kill('SIGKILL');
    }, stepTimeoutMs);
    const end = (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    };
    child.once('error', () => end(1)).once('exit', end);
  });
}

async function runVitest(name, folder) {
  const file = join(folder, `${name}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const code = await execute(['vitest', 'run', '--project', `${name}*`, ...reporters]);
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const tests = report.testResults.flatMap((spec) => {
    const path = relative(root, spec.name);
    const own = spec.assertionResults.map((test) => ({
      status: test.status,
      name: `${path}: ${test.fullName}`,
    }));
    // A spec that fails before, beside or after its tests has no failed test to show for it.
    const isSilent = spec.status === 'failed' && !own.some(({ status }) => status === 'failed');
    return isSilent ? [...own, { status: 'failed', name: path }] : own;
  });
  const count = (wanted) => tests.filter(({ status }) => wanted === status).length;
  const passed = count('passed');
  const failed = count('failed');
  const skipped = tests.length - passed - failed;
  failures.push(...tests.filter(({ status }) => status === 'failed').map((test) => test.name));
  // Nothing executed or an error outside of any spec: a failure, too.
  const silent = failed === 0 && (code !== 0 || passed === 0) ? 1 : 0;
  return { passed, failed: failed + silent + (strict ? skipped : 0), skipped };
}

async function runStep(step, results, folder) {
  if (results.get(step.needs)?.failed) {
    console.error(`not run: needs ${step.needs}, which failed`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  if (step.vitest) return runVitest(step.name, folder);
  const ok = (await execute(step.command)) === 0;
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

async function main(names) {
  const unknown = names.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) throw new Error(`no such step: ${unknown.join(', ')}`);
  const isDue = ({ name, once }) => (names.length > 0 ? names.includes(name) : !(quick && once));
  const chosen = steps.filter(isDue);
  const folder = mkdtempSync(join(tmpdir(), 'idun-run-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const results = new Map();
  for (const step of chosen) {
    console.log(`\n=== ${step.name}`);
    const begin = Date.now();
    const result = await runStep(step, results, folder);
    results.set(step.name, { ...result, seconds: (Date.now() - begin) / 1000 });
  }
  return results;
}

// Without these an interrupted run would not come to its `exit` handlers.
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
  process.once(signal, () => process.exit(code));
}
let passed = 0;
let failed = 0;
try {
  const results = await main(process.argv.slice(2));
  console.log();
  for (const [name, result] of results) {
    passed += result.passed;
    failed += result.failed;
    const skipped = result.skipped ? `, ${result.skipped} skipped` : '';
    const counts = `${result.passed} passed, ${result.failed} failed${skipped}`;
    console.log(`${name.padEnd(12)} ${counts.padEnd(36)} ${result.seconds.toFixed(1)} s`);
  }
} catch (error) {
  console.error(error);
  failed += 1;
}
for (const name of failures) console.log(`FAILED: ${name}`);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed`);
