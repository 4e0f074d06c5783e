import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ERROR_CODES, IdunError } from '#contracts';
import { SETTINGS } from '../apps/idun/src/config/schema.js';
import { problemResponse } from '../apps/idun/src/http/problem.js';
import { anchorsOf, codeBlocks, linksOf, markdownFiles, sectionOf, tableRows } from './markdown.js';
import { problemsIn } from './type-check.js';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const files = markdownFiles(root);

const manifestSchema = z.object({
  license: z.string().optional(),
  engines: z.object({ node: z.string().optional() }).optional(),
  scripts: z.record(z.string(), z.string()).default({}),
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});
const manifestOf = (path: string) => manifestSchema.parse(JSON.parse(read(path)));
const manifest = manifestOf('package.json');
const unquoted = (cell = '') => cell.replaceAll('`', '');

describe('the documents', () => {
  it('are there', () => {
    expect(files).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md']));
    expect(files).toEqual(
      expect.arrayContaining(
        ['ARCHITECTURE', 'CONFIGURATION', 'DEPENDENCIES'].map((name) => `docs/${name}.md`),
      ),
    );
    expect(read('LICENSE')).toContain('Copyright 2026 the idun authors');
    expect(manifest.license).toBe('Apache-2.0');
  });

  it('have no broken link', () => {
    const broken = files.flatMap((file) =>
      linksOf(join(root, file))
        .filter(({ target }) => isBroken(file, target))
        .map((link) => ({ file, ...link })),
    );
    expect(broken).toEqual([]);
  });

  it('name only scripts of package.json', () => {
    const unknown = mentions(/npm run (\w[\w:-]*)/g).filter(
      ({ name }) => !(name in manifest.scripts),
    );
    expect(unknown).toEqual([]);
  });

  it('name only variables of the schema, and those of the test tools', () => {
    const known = new Set(SETTINGS.map(({ env }) => env));
    const unknown = mentions(/\b(IDUN_[A-Z_]+[A-Z])\b/g, GENERATED).filter(
      ({ name }) => !known.has(name) && !name.startsWith('IDUN_TEST_'),
    );
    expect(unknown).toEqual([]);
  });

  it('name only files that exist', () => {
    const named = mentions(/`((?:apps|libs|test|docker|config|docs)\/[\w./-]+\.\w+)`/g, GENERATED);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ name }) => !existsSync(join(root, name)))).toEqual([]);
  });
});

/** It shows variables that are wrong, and names files that one may make. */
const GENERATED = 'docs/CONFIGURATION.md';

function mentions(pattern: RegExp, except?: string): { file: string; name: string }[] {
  return files
    .filter((file) => file !== except)
    .flatMap((file) =>
      Array.from(read(file).matchAll(pattern), ([, name = '']) => ({ file, name })),
    );
}

function isBroken(file: string, target: string): boolean {
  if (/^[a-z]+:/.test(target)) return false;
  const [path = '', anchor] = target.split('#');
  const linked = path === '' ? join(root, file) : join(root, dirname(file), path);
  if (!existsSync(linked)) return true;
  return anchor !== undefined && !anchorsOf(linked).has(anchor);
}

describe('README.md', () => {
  const readme = read('README.md');
  const blocks = codeBlocks(join(root, 'README.md'));

  it('has the examples that test/e2e/readme.e2e-spec.ts runs', () => {
    const count = (run: string) => blocks.filter((block) => block.run === run).length;
    expect(['shell', 'ts', 'python', 'sql', 'cli'].map(count)).toEqual([1, 2, 1, 2, 2]);
  });

  it('shows output after each program', () => {
    const followers = blocks.flatMap(({ run }, index) =>
      run === 'ts' || run === 'python' ? [blocks[index + 1]?.language] : [],
    );
    expect(followers).toEqual(['text', 'text', 'text']);
  });

  it('has TypeScript that compiles', { timeout: 60_000 }, () => {
    const sources = blocks.filter(({ language }) => language === 'ts');
    expect(sources).toHaveLength(2);
    expect(problemsIn(sources.map(({ code }) => code))).toEqual([]);
  });

  it('shows what npm start runs', () => {
    const start = blocks.find(({ code }) => code.startsWith('$ npm ci && npm start'));
    expect(start?.code).toContain(`> ${manifest.scripts['start']}\n`);
    expect(start?.code).toContain(`> ${manifest.scripts['prestart']}\n`);
  });

  it('lists every error with its status and whether to retry', () => {
    const rows = tableRows(sectionOf(readme, '## Errors and retries')).map(
      ([code, status, retry]) => [unquoted(code), status, retry],
    );
    const expected = ERROR_CODES.map((code) => {
      const error = new IdunError(code, '');
      return [code, String(problemResponse(error).status), error.retryable ? 'yes' : 'no'];
    });
    expect(rows).toEqual(expected);
  });
});

describe('docs/DEPENDENCIES.md', () => {
  const text = read('docs/DEPENDENCIES.md');

  it.each([
    ['## What runs in production', 'dependencies'],
    ['## What builds and tests', 'devDependencies'],
  ] as const)('%s: what package.json has', (heading, section) => {
    const rows = tableRows(sectionOf(text, heading));
    expect(rows.map(([name]) => unquoted(name)).toSorted()).toEqual(
      Object.keys(manifest[section]).toSorted(),
    );
    for (const [name, what, why, license, node, alternatives] of rows) {
      const installed = manifestOf(`node_modules/${unquoted(name)}/package.json`);
      expect([name, license]).toEqual([name, installed.license]);
      // A release that drops Node 20 shows here.
      expect([name, unquoted(node)]).toEqual([
        name,
        installed.engines?.node?.replaceAll('||', ' or ').replaceAll(/\s+/g, ' ') ?? 'any',
      ]);
      expect([name, what, why, alternatives]).not.toContain('');
    }
  });
});
