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

const onServers = { globalSetup: ['test/global-setup.ts'], hookTimeout: 300_000 };

export default defineConfig({
  test: {
    // As many files at a time as there are cores: specs on servers wait most of their time.
    maxWorkers: '100%',
    projects: [
      project('unit', '{apps,libs,test}/**/*.spec.ts', { testTimeout: 20_000 }),
      project('integration', 'libs/**/*.int-spec.ts', { ...onServers, testTimeout: 60_000 }),
      project('e2e', 'test/e2e/**/*.e2e-spec.ts', { ...onServers, testTimeout: 120_000 }),
    ],
  },
});
