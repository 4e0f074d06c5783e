import { expect, it } from 'vitest';
import { FAULTS } from './nemesis/constraints.js';
import { parseOptions } from './options.js';

it('breaks everything unless told what', () => {
  expect(parseOptions([])).toMatchObject({
    seconds: 90,
    faults: Object.keys(FAULTS),
    witness: 'prefer',
    mutants: [],
  });
});

it('takes kinds by parts of their names, and several seeds', () => {
  const args = ['--faults', 'node kill,rewind', '--seed', '7', '--seed', 'random'];
  const { faults, seeds } = parseOptions(args);
  expect(faults).toEqual(['node kill', 'rewind of the rows', 'rewind of the files']);
  expect(seeds).toEqual([7, expect.any(Number)]);
});

it.each([
  [['--seconds', '0'], /--seconds/],
  [['--seed', '1.5'], /--seed/],
  [['--faults', 'rain'], /no fault is like rain/],
  [['--witness', 'both'], /--witness is prefer or require/],
  [['--mutant', 'none'], /--mutant is one of reservation, /],
])('refuses %j', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});
