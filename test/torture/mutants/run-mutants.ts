import { join } from 'node:path';
import { table } from '../../document.js';
import { check } from '../checker/check.js';
import type { Servers } from '../cluster/servers.js';
import { reportOf, summary } from '../report.js';
import { runTorture } from '../run.js';
import { buildMutant } from './build-mutant.js';
import { MUTANTS } from './mutants.js';

export interface MutantOptions {
  root: string;
  /** Takes a folder for each of them. */
  folder: string;
  say: (line: string) => void;
}

export interface MutantsFound {
  isGood: boolean;
  /** Markdown. */
  text: string;
}

/** Each must make the checker report duplicates. One after the other, as they share the servers. */
export async function runMutants(
  servers: Servers,
  names: readonly string[],
  { root, folder, say }: MutantOptions,
): Promise<MutantsFound> {
  const rows: string[][] = [];
  for (const name of names) {
    const mutant = MUTANTS[name]!;
    const begin = performance.now();
    const place = join(folder, name);
    const entry = buildMutant(root, join(place, 'build'), mutant);
    const { seconds, seed, scenario } = mutant;
    // oxlint-disable-next-line no-await-in-loop -- they share the servers
    await runTorture(servers, { folder: place, seconds, seed, scenario, entry, say });
    const report = reportOf(check(place));
    const { segment, snowflake } = report.duplicates;
    const found = segment + snowflake > 0 ? String(segment + snowflake) : 'NOT FOUND';
    const took = ((performance.now() - begin) / 1_000).toFixed(0);
    say(`mutant ${name}: ${found} in ${took} s. ${summary(report)}`);
    rows.push([`${name}: ${mutant.text}`, found, `${took} s`]);
  }
  return {
    isGood: rows.every(([, found]) => found !== 'NOT FOUND'),
    text: [
      'Mutants, how many duplicates each made, and how long its run took:',
      '',
      table(['Mutant', 'Duplicates', 'Run'], rows),
    ].join('\n'),
  };
}
