import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeIntoDocument } from '../document.js';
import { check } from './checker/check.js';
import { startServers, type Servers } from './cluster/servers.js';
import { runMutants } from './mutants/run-mutants.js';
import { parseOptions, USAGE, type TortureOptions } from './options.js';
import { reportOf, textOf, type Report } from './report.js';
import { USUAL } from './scenario.js';
import { runTorture } from './run.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

const say = (line: string) => console.log(`${new Date().toISOString().slice(11, 23)} ${line}`);

function checked(folder: string): Report {
  const report = reportOf(check(folder));
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(join(folder, 'report.md'), `${textOf(report)}\n`);
  return report;
}

async function torture(
  servers: Servers,
  folder: string,
  seed: number,
  options: TortureOptions,
): Promise<boolean> {
  const { seconds, load, faults, witness } = options;
  const clocks = faults.some((kind) => kind.startsWith('clock')) ? USUAL.clocks : {};
  const scenario = { ...USUAL, env: { IDUN_WITNESS: witness }, clocks, faults, load };
  await runTorture(servers, { folder, seconds, seed, scenario, say });
  say('checking');
  const report = checked(folder);
  const text = textOf(report);
  console.log(`\n${text}\n`);
  const isGood = report.failures.length === 0;
  // In the form of `npm test`, which has them once more at its end.
  for (const failure of report.failures) console.log(`FAILED: torture, seed ${seed}: ${failure}`);
  const again = `--seconds ${seconds} --seed ${seed} --witness ${witness}`;
  if (!isGood) console.log(`Again: npm run torture -- ${again}`);
  if (isGood && options.writeDocs) {
    await writeIntoDocument(join(root, 'docs/RELIABILITY.md'), 'torture', text);
  }
  return isGood;
}

async function tortures(
  servers: Servers,
  folder: string,
  options: TortureOptions,
): Promise<boolean> {
  const results: boolean[] = [];
  for (const seed of options.seeds) {
    // oxlint-disable-next-line no-await-in-loop -- they share the servers
    results.push(await torture(servers, join(folder, `seed-${seed}`), seed, options));
  }
  return results.every(Boolean);
}

async function mutants(
  servers: Servers,
  folder: string,
  options: TortureOptions,
): Promise<boolean> {
  const { isGood, text } = await runMutants(servers, options.mutants, { root, folder, say });
  console.log(`\n${text}\n`);
  if (isGood && options.writeDocs) {
    await writeIntoDocument(join(root, 'docs/RELIABILITY.md'), 'torture-mutants', text);
  }
  return isGood;
}

async function main(args: readonly string[]): Promise<boolean> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return true;
  }
  const folder =
    options.out === undefined ? mkdtempSync(join(tmpdir(), 'idun-torture-')) : resolve(options.out);
  const servers = await startServers();
  let isGood = false;
  try {
    isGood =
      options.mutants.length > 0
        ? await mutants(servers, folder, options)
        : await tortures(servers, folder, options);
    return isGood;
  } finally {
    await servers.stop();
    if (options.out === undefined && isGood) rmSync(folder, { recursive: true, force: true });
    else say(`files in ${folder}`);
  }
}

process.exitCode = (await main(process.argv.slice(3))) ? 0 : 1;
