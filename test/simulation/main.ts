import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeIntoDocument } from '../document.js';
import { checkCoverage, checkMutants, checkSeeds, type Checked } from './checks.js';
import { parseOptions, USAGE } from './options.js';
import { simulate } from './simulation.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

async function replay(seed: number): Promise<boolean> {
  const { violations, counts } = await simulate(seed, (line) => console.log(line));
  console.log(counts);
  for (const [property, text] of violations) console.log(`FAILED ${property}: ${text}`);
  return violations.length === 0;
}

async function main(args: readonly string[]): Promise<boolean> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return true;
  }
  if (options.seed !== undefined) return replay(options.seed);
  const folder = mkdtempSync(join(tmpdir(), 'idun-simulation-'));
  try {
    const checks = [checkSeeds, checkCoverage, ...(options.mutants ? [checkMutants] : [])];
    const results: Checked[] = [];
    for (const check of checks) {
      // oxlint-disable-next-line no-await-in-loop -- each takes all cores
      const checked = await check({ root, folder, options });
      console.log(`${checked.text}\n`);
      results.push(checked);
    }
    const isGood = results.every(({ ok }) => ok);
    if (options.writeDocs && isGood) {
      const text = results.map((result) => result.text).join('\n\n');
      await writeIntoDocument(join(root, 'docs/RELIABILITY.md'), 'simulation', text);
    }
    return isGood;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = (await main(process.argv.slice(3))) ? 0 : 1;
