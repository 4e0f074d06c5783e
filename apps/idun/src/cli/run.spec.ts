import { expect, it } from 'vitest';
import { run } from './run.js';

async function ended(args: readonly string[]) {
  const printed: string[] = [];
  const told: string[] = [];
  const code = await run(args, {
    print: (text) => void printed.push(text),
    tell: (text) => void told.push(text),
    ask: undefined,
    columns: undefined,
  });
  return { code, printed: printed.join('\n'), told: told.join('\n') };
}

it.each([
  [],
  ['worker'],
  ['worker', 'lst'],
  ['worker', 'list', 'extra'],
  ['worker', 'list', '--nothing'],
  ['worker', 'reset'],
  ['worker', 'reset', 'abc'],
  ['worker', 'reset', '-1'],
  ['worker', 'reset', '1.5'],
  ['worker', 'reset', '0', '--actor', ' '],
  ['worker', 'reset', '0', '--reason', 'x'.repeat(1_001)],
  ['audit', 'extra'],
  ['key'],
  ['key', 'show'],
  ['key', 'show', ' a'],
  ['key', 'create', 'a', '--start', '0'],
  ['key', 'create', 'a', '--start', '9223372036854775807'],
  ['key', 'create', 'a', '--step', '2147483648'],
  ['key', 'set', 'a', '--rate', '0'],
  ['key', 'set', 'a', '--rate', '5', '--no-rates'],
  ['key', 'advance', 'a', '--to', 'x'],
])('tells of the wrong usage %j', async (...args) => {
  const { code, printed, told } = await ended(args.flat());
  expect({ code, printed }).toEqual({ code: 2, printed: '' });
  expect(told).toMatch(/Usage: idun|--help/);
});

it.each([
  ['--help'],
  ['worker', '--help'],
  ['worker', 'list', '--help'],
  ['worker', 'reset', '--help'],
  ['audit', '--help'],
  ['key', '--help'],
  ...['list', 'show', 'create', 'set', 'suspend', 'resume', 'advance', 'delete'].map((name) => [
    'key',
    name,
    '--help',
  ]),
])('has help: %s', async (...args) => {
  const { code, printed, told } = await ended(args.flat());
  expect({ code, told }).toEqual({ code: 0, told: '' });
  expect(printed).toMatch(/^Usage: idun/);
});
