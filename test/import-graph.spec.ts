import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const slow = 60_000;

async function graphOf(baseDir: string, folders: string[]): Promise<ICruiseResult> {
  const config = await extractDepcruiseConfig(join(root, '.dependency-cruiser.mjs'));
  const { output } = await cruise(folders, {
    ...config.options,
    ruleSet: { forbidden: config.forbidden ?? [] },
    validate: true,
    baseDir,
  });
  if (typeof output === 'string') throw new TypeError('expected a graph');
  return output;
}

function violations({ summary }: ICruiseResult): string[] {
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}

describe('the import graph', () => {
  it(
    'keeps its directions',
    async () => {
      const graph = await graphOf(root, ['apps', 'examples', 'libs', 'test']);
      const edges = graph.modules.flatMap(({ source, dependencies }) =>
        dependencies.map(({ resolved }) => `${source} -> ${resolved}`),
      );
      // Proof that subpath imports are followed: without them nothing would be checked.
      expect(edges).toContain('libs/core/src/errors.ts -> libs/contracts/src/index.ts');
      expect(edges).toContain('examples/plain-node/index.mjs -> libs/client/src/index.ts');
      expect(violations(graph)).toEqual([]);
    },
    slow,
  );
});

describe('a planted violation', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'idun-graph-'));
    for (const file of ['package.json', 'tsconfig.json']) {
      await cp(join(root, file), join(folder, file));
    }
    for (const lib of ['contracts', 'core', 'store', 'nacos', 'testing']) {
      await plant(`libs/${lib}/src/index.ts`, 'export const name = 1;');
    }
    await plant('apps/idun/src/main.ts', 'export const name = 1;');
    await plant('libs/client/src/nest/index.ts', 'export const name = 1;');
    await plant('libs/client/src/x.ts', 'export const x = 1;');
    await plant('examples/b/y.mjs', 'export const y = 1;');
    await plant('node_modules/rxjs/package.json', '{ "name": "rxjs", "main": "index.js" }');
    await plant('node_modules/rxjs/index.js', 'export const name = 1;');
    await plant('node_modules/vitest/package.json', '{ "name": "vitest" }');
    await plant('node_modules/vitest/index.js', 'export const name = 1;');
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function plant(file: string, text: string): Promise<void> {
    const path = join(folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${text}\n`);
  }

  it.each([
    ['core-is-pure', 'libs/core/src/x.ts', `import 'node:fs';`],
    ['core-is-pure', 'libs/core/src/x.ts', `import { connect } from 'net'; connect(1);`],
    ['core-is-pure', 'libs/core/src/x.ts', `import type { Repository } from 'typeorm';`],
    ['core-is-pure', 'libs/core/src/x.ts', `export * from '@nestjs/common';`],
    ['core-is-pure', 'libs/core/src/x.ts', `export const later = () => import('rxjs');`],
    ['core-is-pure', 'libs/core/src/x.ts', `import { name } from '#store'; export default name;`],
    ['contracts-import-nothing', 'libs/contracts/src/x.ts', `export * from '#core';`],
    ['client-is-light', 'libs/client/src/x.ts', `export * from '../../core/src/index.js';`],
    ['client-is-light', 'libs/client/src/x.ts', `export type * from '#testing';`],
    ['client-without-nest', 'libs/client/src/x.ts', `import 'rxjs';`],
    ['client-without-nest', 'libs/client/src/x.ts', `export * from './nest/index.js';`],
    ['examples-as-users', 'examples/a/x.mjs', `import '../../libs/client/src/x.ts';`],
    ['examples-as-users', 'examples/a/x.mjs', `import '../b/y.mjs';`],
    ['adapters-apart', 'libs/store/src/x.ts', `export * from '#nacos';`],
    ['adapters-apart', 'libs/nacos/src/x.ts', `export * from '../../store/src/index.js';`],
    ['libs-below-apps', 'libs/store/src/x.ts', `export * from '../../../apps/idun/src/main.js';`],
    ['testing-in-tests-only', 'apps/idun/src/x.ts', `export * from '#testing';`],
    ['no-cycles', 'libs/store/src/x.ts', `import './y.js'; export const x = 1;`],
    ['resolvable', 'libs/store/src/x.ts', `export * from '#nowhere';`],
    ['declared-dependencies', 'libs/store/src/x.ts', `import 'vitest';`],
  ])(
    'of %s in %s is found: %s',
    async (rule, file, text) => {
      await plant(file, text);
      await plant('libs/store/src/y.ts', `import './x.js'; export const y = 1;`);
      const found = violations(await graphOf(folder, ['apps', 'examples', 'libs']));
      expect(found.filter((line) => line.startsWith(`${rule}: ${file} -> `))).toHaveLength(1);
    },
    slow,
  );

  it(
    'is what is found: there is none in the same tree without it',
    async () => expect(violations(await graphOf(folder, ['apps', 'examples', 'libs']))).toEqual([]),
    slow,
  );
});
