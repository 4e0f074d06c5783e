import { parseArgs } from 'node:util';

export interface BenchOptions {
  rounds: number;
  seconds: number;
  /** Parts of scenario ids; empty for all of them. */
  only: readonly string[];
  /** So many seconds in all may go into repeating what other programs disturbed. */
  patience: number;
  writeDocs: boolean;
  help: boolean;
}

export const USAGE = `npm run bench -- [options]
  --rounds N      rounds over all scenarios (15)
  --seconds S     length of each measurement (0.8)
  --patience S    repeats what other programs disturbed, for up to S seconds in all (30)
  --only TEXT     only scenarios whose id contains TEXT; may be repeated
  --write-docs    put the tables into docs/PERFORMANCE.md
`;

/** Throws with a sentence where the arguments make no sense. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '15' },
      seconds: { type: 'string', default: '0.8' },
      patience: { type: 'string', default: '30' },
      only: { type: 'string', multiple: true, default: [] },
      'write-docs': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const options = {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    patience: Number(values.patience),
    only: values.only,
    writeDocs: values['write-docs'],
    help: values.help,
  };
  if (!Number.isInteger(options.rounds) || options.rounds < 1) {
    throw new Error('--rounds is a whole number from 1 on');
  }
  if (!(options.seconds > 0 && options.seconds <= 60)) {
    throw new Error('--seconds is a number of at most 60');
  }
  if (!(options.patience >= 0)) throw new Error('--patience is a number from 0 on');
  if (options.writeDocs && options.only.length > 0) {
    throw new Error('--write-docs needs all scenarios: leave --only out');
  }
  return options;
}
