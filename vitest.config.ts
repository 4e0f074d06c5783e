import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

// `source` makes `#core` and the like mean the TypeScript files, not what was built from them.
// Not `import`: vitest hands these to Node, where a `require` would then get a package's ESM build (mysql2's `long`).
const conditions = ['source', 'node'];

function project(
  name: string,
  include: string,
  options: TestProjectInlineConfiguration['test'] = {},
): TestProjectInlineConfiguration {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: [] } },
    test: { name, include: [include], ...options },
  };
}

/** Specs that share real servers run one file at a time: two cores are soon crowded. */
const onServers = {
  globalSetup: ['test/global-setup.ts'],
  fileParallelism: false,
  hookTimeout: 300_000,
};

export default defineConfig({
  test: {
    projects: [
      project('unit', '{apps,libs,test}/**/*.spec.ts'),
      project('integration', 'libs/**/*.int-spec.ts', { ...onServers, testTimeout: 60_000 }),
      project('e2e', 'test/e2e/**/*.e2e-spec.ts', { ...onServers, testTimeout: 120_000 }),
    ],
  },
});
