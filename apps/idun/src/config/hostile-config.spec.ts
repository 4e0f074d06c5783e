import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ConfigError } from './config-error.js';
import { loadConfig } from './load-config.js';
import { SETTINGS } from './schema.js';

const SECRET = 'hunter2';
const folder = mkdtempSync(join(tmpdir(), 'idun-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Of whatever stands there comes a configuration, or a sentence for each error, none of which has a password in it. */
function soundProblems(yaml: string, env: Record<string, string>): readonly string[] {
  writeFileSync(join(folder, 'default.yaml'), yaml);
  try {
    expect(Object.isFrozen(loadConfig({ env, configDir: folder }))).toBe(true);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const problem of error.problems) expect(problem).toMatch(/\w.* .*\w/su);
    expect(error.message).not.toContain(SECRET);
    expect(error.message).not.toMatch(/\n\s+at \S|node_modules/);
    return error.problems;
  }
}

const SEEDS = [1, Number(process.env['IDUN_TEST_SEED'] ?? Date.now() % 2 ** 31)];
const holding =
  <T>(input: fc.Arbitrary<T>, check: (input: T) => unknown) =>
  () =>
    SEEDS.forEach((seed) =>
      fc.assert(
        fc.property(input, (each) => void check(each)),
        { seed, numRuns: 150 },
      ),
    );

const text = fc.string({ unit: 'binary', maxLength: 30 });
const variable = fc.oneof(
  fc.constantFrom(...SETTINGS.map(({ env }) => env), 'NODE_ENV', 'IDUN_', 'IDUN___proto__'),
  text.map((name) => `IDUN_${name}`),
);
const environment = fc.dictionary(
  variable,
  fc.oneof(text, fc.constantFrom('', '0', 'true', '1e400', 'sqlite:', 'off', '../..', '[]')),
  { maxKeys: 6, noNullPrototype: true },
);

/** Settings with values of any kind, some of them where a section or a list belongs. */
const tree = fc.dictionary(
  fc.oneof(fc.constantFrom(...SETTINGS.map(({ key }) => key), '__proto__', 'constructor'), text),
  fc.jsonValue(),
  { maxKeys: 6 },
);

function nested(flat: Record<string, unknown>): unknown {
  const root = new Map<string, unknown>();
  for (const [key, value] of Object.entries(flat)) {
    const parts = key.split('.');
    let node = root;
    for (const part of parts.slice(0, -1)) {
      const child = node.get(part);
      const next = child instanceof Map ? child : new Map<string, unknown>();
      node.set(part, next);
      node = next;
    }
    node.set(parts.at(-1) ?? '', value);
  }
  return root;
}

describe('a hostile configuration', () => {
  it('is refused with sentences, whatever its values are', () => {
    const check = holding(fc.tuple(tree, environment), ([flat, env]) =>
      soundProblems(stringify(nested(flat)), env),
    );
    expect(check).not.toThrow();
  });

  it('is refused with sentences, whatever its text is', () => {
    const piece = fc.oneof(
      text,
      fc.constantFrom(
        'http:\n',
        '  port: 1\n',
        '- ',
        '&a ',
        '*a',
        '<<: ',
        '!!js/x ',
        '? ',
        '{',
        ']',
        '|\n',
        '%YAML 9\n',
        '---\n',
        '\t',
      ),
    );
    const check = holding(fc.array(piece, { maxLength: 20 }), (pieces) =>
      soundProblems(pieces.join(''), {}),
    );
    expect(check).not.toThrow();
  });

  it.each([
    ['nested too deeply', `a: ${'['.repeat(20_000)}`],
    ['nested too deeply, and closed', `http: ${'{a: '.repeat(5_000)}1${'}'.repeat(5_000)}`],
    [
      'of aliases that multiply',
      `a: &a [1]\n${'bcdefghij'
        .split('')
        .map((name, i) => `${name}: &${name} [${`*${'abcdefghi'[i]},`.repeat(9)}]\n`)
        .join('')}`,
    ],
    ['that holds itself', 'http: &a\n  port: *a\n'],
    ['of sections that hold themselves', '&a\nhttp: *a\n'],
  ])('is refused where it is %s', (_name, yaml) => {
    expect(soundProblems(yaml, {})).not.toEqual([]);
  });

  it('shows no password, wherever the setting of one has it', () => {
    const urls = `mysql://idun:${SECRET}@db/idun`;
    const secrets = SETTINGS.filter(({ secret }) => secret);
    expect(secrets.length).toBeGreaterThan(1);
    const shape = fc.constantFrom<(value: string) => unknown>(
      (value) => value,
      (value) => [value],
      (value) => [[value]],
      (value) => ({ [value]: 1 }),
      (value) => ({ url: value }),
      (value) => [{ [value]: null }],
    );
    const where = fc.tuple(fc.constantFrom(...secrets), fc.constantFrom(urls, SECRET, `${urls},x`));
    const check = holding(
      fc.tuple(where, shape, fc.boolean()),
      ([[{ key, env }, value], wrap, inFile]) => {
        if (inFile) soundProblems(stringify(nested({ [key]: wrap(value) })), {});
        else soundProblems('', { [env]: value, [`${env}S`]: value });
      },
    );
    expect(check).not.toThrow();
  });
});
