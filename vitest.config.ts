import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

// `source` makes `#core` and the like mean the TypeScript files, not what was built from them.
// Not `import`: vitest hands these to Node, where a `require` would then get a package's ESM build (mysql2's `long`).
const conditions = ['source', 'node'];

function project(
  name: string,
  include: string[],
  options: TestProjectInlineConfiguration['test'] = {},
): TestProjectInlineConfiguration {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: [] } },
    test: { name, include, ...options },
  };
}

const onServers = {
  globalSetup: ['test/global-setup.ts'],
  hookTimeout: 300_000,
  expect: { poll: { timeout: 10_000 } },
};
/** One file at a time, for specs that say how long something may take: two cores are soon crowded. */
const alone = { ...onServers, fileParallelism: false };

const outages = 'test/e2e/store-outage.e2e-spec.ts';

export default defineConfig({
  test: {
    // As many files at a time as there are cores: end-to-end specs wait most of their time.
    maxWorkers: '100%',
    projects: [
      project('unit', ['{apps,libs,test}/**/*.spec.ts'], { testTimeout: 20_000 }),
      project('integration', ['libs/**/*.int-spec.ts'], { ...alone, testTimeout: 60_000 }),
      project('e2e', ['test/e2e/**/*.e2e-spec.ts'], {
        ...onServers,
        testTimeout: 120_000,
        exclude: [outages],
      }),
      // After all others.
      project('e2e-alone', [outages], {
        ...alone,
        testTimeout: 120_000,
        sequence: { groupOrder: 1 },
      }),
    ],
  },
});
