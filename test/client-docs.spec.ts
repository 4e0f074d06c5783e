import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import * as client from '../libs/client/src/index.js';
import { codeBlocks, sectionOf, tableRows } from './markdown.js';
import { problemsIn } from './type-check.js';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'libs/client');
const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const readme = read('README.md');
const blocks = codeBlocks(join(folder, 'README.md'));
const slow = { timeout: 120_000 };

it('has examples that are run, and no others', () => {
  const marks = blocks.filter(({ language }) => language === 'ts').map(({ run }) => run);
  const kinds = ['close', 'fragment', 'metrics', 'nacos', 'nest', 'proxy', 'ts', 'zones'];
  expect(new Set(marks)).toEqual(new Set(kinds));
});

it('has examples that compile', slow, () => {
  const fragments = blocks.filter(({ run }) => run === 'ts' || run === 'fragment');
  const whole = blocks.filter(({ run, language }) => language === 'ts' && run !== 'fragment');
  const sources = [fragments.map(({ code }) => code).join('\n'), ...whole.map(({ code }) => code)];
  expect(problemsIn(sources)).toEqual([]);
});

it('lists the errors that there are', () => {
  const classes = Object.keys(client).filter((name) => name.endsWith('Error'));
  const listed = tableRows(sectionOf(readme, '## Errors')).map(([name]) => name);
  // What a registry rejects with is told by an event only.
  const expected = [...classes.filter((name) => name !== 'DiscoveryError'), 'TypeError'];
  expect(new Set(listed)).toEqual(new Set(expected.map((name) => `\`${name}\``)));
});

it('lists the events and the metrics that there are', () => {
  const events = Array.from(
    read('src/observing/client-events.ts').matchAll(/^ {2}(\w+): \[/gm),
    ([, name]) => name,
  );
  expect(events.length).toBeGreaterThan(5);
  for (const name of events) expect(sectionOf(readme, '## Events')).toContain(`\`${name}\``);
  const source = read('src/observing/client-metrics.ts');
  const counters = Array.from(source.matchAll(/counter\(\s*'([\w.]+)'/g), ([, name]) => name);
  const listed = tableRows(sectionOf(readme, '## Metrics')).map(([name]) => name);
  const expected = [...counters, 'leased.remaining'].map((name) => `\`idun.client.${name}\``);
  expect(new Set(listed)).toEqual(new Set(expected));
});

it('says how large leases are unless set', () => {
  const { minLeaseSize, maxLeaseSize, targetSeconds } = client.DEFAULT_SEGMENT_OPTIONS;
  for (const size of [minLeaseSize, maxLeaseSize, targetSeconds]) {
    expect(readme).toContain(`${size.toLocaleString('en')} unless set`);
  }
});

it('comes with the licence of the repository', () => {
  expect(read('LICENSE')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
});

it('has pages of its API, without a warning', slow, async () => {
  const out = join(tmpdir(), `idun-api-${process.pid}`);
  try {
    const args = ['--options', join(folder, 'typedoc.json'), '--out', out];
    await promisify(execFile)(join(root, 'node_modules/.bin/typedoc'), args, { cwd: root });
    expect(await readdir(join(out, 'classes'))).toEqual(
      expect.arrayContaining([
        'index.IdunClient.html',
        'index.BigintSegment.html',
        'index.LeasedRange.html',
        'nest.IdunClientModule.html',
        'nest_proxy.IdunClientProxy.html',
      ]),
    );
    const page = readFileSync(join(out, 'classes/index.IdunClient.html'), 'utf8');
    expect(page).toContain('Gives back what is unused of all keys');
    expect(page).not.toContain('ClientParts');
  } finally {
    await rm(out, { recursive: true, force: true });
  }
});
