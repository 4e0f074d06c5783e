import { parseArgs } from 'node:util';

export interface SimulationOptions {
  seeds: number;
  from: number;
  /** One seed to be replayed with its trace. */
  seed: number | undefined;
  mutants: boolean;
  writeDocs: boolean;
  help: boolean;
}

export const USAGE = `npm run simulate -- [options]
  --seeds N      how many seeds (10000)
  --from S       the first one (1)
  --seed S       replays one seed and prints its trace
  --mutants      runs the mutants, too: each must be found
  --write-docs   the same, and puts the figures into docs/RELIABILITY.md
`;

/** Throws with a sentence where the arguments make no sense. */
export function parseOptions(args: readonly string[]): SimulationOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '10000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const whole = (name: string, text: string, least: number) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least) return number;
    throw new Error(`--${name} is a whole number from ${least} on`);
  };
  return {
    seeds: whole('seeds', values.seeds, 1),
    from: whole('from', values.from, 0),
    seed: values.seed === undefined ? undefined : whole('seed', values.seed, 0),
    mutants: values.mutants || values['write-docs'],
    writeDocs: values['write-docs'],
    help: values.help,
  };
}
