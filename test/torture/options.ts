import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { FAULTS } from './nemesis/constraints.js';
import { MUTANTS } from './mutants/mutants.js';

export interface TortureOptions {
  seconds: number;
  /** One run each, on the same servers. */
  seeds: readonly number[];
  /** Where the files of the run and the report go; a temporary folder unless set. */
  out: string | undefined;
  faults: readonly string[];
  /** Times the usual rate of calls. */
  load: number;
  /** `IDUN_WITNESS` of the nodes. */
  witness: string;
  mutants: readonly string[];
  writeDocs: boolean;
  help: boolean;
}

export const USAGE = `npm run torture -- [options]      (npm run build:all first)
  --seconds N      how long things are broken (90)
  --seed S         what is broken follows from it; a number or "random" (random); several are several runs
  --out DIR        keeps the callers' records, the nodes' logs and the report there
  --faults K,K     only these kinds: names, or parts of names
  --load X         times the usual rate of calls (1)
  --witness MODE   prefer or require (prefer): with require the store may go back while ZooKeeper is away
  --mutant NAME    runs a build that is broken on purpose: the run must find duplicates
  --mutants        all of them
  --write-docs     puts the report, or that of the mutants, into docs/RELIABILITY.md
Kinds: ${Object.keys(FAULTS).join(', ')}
Mutants: ${Object.keys(MUTANTS).join(', ')}
`;

/** Throws with a sentence where the arguments make no sense. */
export function parseOptions(args: readonly string[]): TortureOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '90' },
      seed: { type: 'string', multiple: true, default: ['random'] },
      out: { type: 'string' },
      faults: { type: 'string', default: '' },
      load: { type: 'string', default: '1' },
      witness: { type: 'string', default: 'prefer' },
      mutant: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { mutant, mutants, witness } = values;
  if (!/^(prefer|require)$/.test(witness)) throw new Error('--witness is prefer or require');
  if (mutant !== undefined && !(mutant in MUTANTS)) {
    throw new Error(`--mutant is one of ${Object.keys(MUTANTS).join(', ')}`);
  }
  return {
    seconds: positive('seconds', values.seconds),
    seeds: values.seed.map((seed) =>
      seed === 'random' ? randomInt(2 ** 31) : whole('seed', seed),
    ),
    out: values.out,
    faults: faultKinds(values.faults.split(',').filter((part) => part !== '')),
    load: positive('load', values.load),
    witness,
    mutants: mutants ? Object.keys(MUTANTS) : mutant === undefined ? [] : [mutant],
    writeDocs: values['write-docs'],
    help: values.help,
  };
}

/** Kinds whose names have one of the parts in them; all where there is none. */
export function faultKinds(parts: readonly string[]): string[] {
  const all = Object.keys(FAULTS);
  if (parts.length === 0) return all;
  for (const part of parts) {
    if (!all.some((kind) => kind.includes(part))) throw new Error(`no fault is like ${part}`);
  }
  return all.filter((kind) => parts.some((part) => kind.includes(part)));
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new Error(`--${name} is a number above 0`);
}

function whole(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`--${name} is a whole number from 0 on`);
}
