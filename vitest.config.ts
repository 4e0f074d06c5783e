import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

// `idun-source` makes `#core` and the like mean the TypeScript files, not what was built from them.
// Not `import`: vitest hands these to Node, where a `require` would then get a package's ESM build (mysql2's `long`).
const conditions = ['idun-source', 'node'];

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

/** After all others: what says how long something may take that callers wait for. */
const timed = ['test/e2e/store-outage.e2e-spec.ts', 'test/e2e/nacos-times.e2e-spec.ts'];

/**
 * Left out of the second run of `.ci/run`, under another Node, which has half the time: they start, stop, kill and
 * overload servers. What of that could depend on Node, sockets, timers and drivers, is in the other specs of the same parts.
 */
const serversOnly = [
  ...timed,
  'test/e2e/{cli,client-cluster,ensemble,ensemble-outage,interop-nacos,leaf,million,nacos}.e2e-spec.ts',
  'libs/{client,nacos,testing}/**/*.int-spec.ts',
  'libs/zookeeper/**/{leaf-lease,leaf-registration,zookeeper-faults,zookeeper-recycling}.int-spec.ts',
];
const leftOut = process.env['IDUN_TEST_QUICK'] ? serversOnly : [];

export default defineConfig({
  test: {
    // As many files at a time as there are cores: end-to-end specs wait most of their time.
    maxWorkers: '100%',
    projects: [
      project('unit', ['{apps,libs,test}/**/*.spec.ts'], { testTimeout: 20_000 }),
      project('integration', ['libs/**/*.int-spec.ts'], {
        ...alone,
        testTimeout: 60_000,
        exclude: [...configDefaults.exclude, ...leftOut],
      }),
      project('e2e', ['test/e2e/**/*.e2e-spec.ts'], {
        ...onServers,
        testTimeout: 120_000,
        exclude: [...timed, ...leftOut],
      }),
      project('e2e-alone', timed, {
        ...alone,
        testTimeout: 120_000,
        exclude: leftOut,
        sequence: { groupOrder: 1 },
      }),
    ],
  },
});
