import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

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
const timed = [
  'test/e2e/store-outage.e2e-spec.ts',
  'test/e2e/nacos-times.e2e-spec.ts',
  'test/e2e/overload.e2e-spec.ts',
  'test/e2e/node-drain.e2e-spec.ts',
];

/**
 * All that the second run of `.ci/run`, under another Node, takes beside the unit tests: what could depend on Node are
 * sockets, timers and drivers, and these specs use all of them. The others start, stop, kill and overload servers.
 */
const underAnotherNode = {
  integration: ['libs/store/**/*.int-spec.ts'],
  endToEnd: [
    'test/e2e/{both-transports,client,client-transports,crash,http,interop,lease,readme,shutdown,tcp,zookeeper}.e2e-spec.ts',
  ],
};
const quick = Boolean(process.env['IDUN_TEST_QUICK']);

export default defineConfig({
  test: {
    // More files at a time than there are cores: end-to-end specs wait most of their time.
    maxWorkers: '150%',
    projects: [
      project('unit', ['{apps,libs,test}/**/*.spec.ts'], { testTimeout: 20_000 }),
      project('integration', quick ? underAnotherNode.integration : ['libs/**/*.int-spec.ts'], {
        ...alone,
        testTimeout: 60_000,
      }),
      project('e2e', quick ? underAnotherNode.endToEnd : ['test/e2e/**/*.e2e-spec.ts'], {
        ...onServers,
        testTimeout: 120_000,
        exclude: timed,
      }),
      project('e2e-alone', quick ? [] : timed, {
        ...alone,
        testTimeout: 120_000,
        sequence: { groupOrder: 1 },
      }),
    ],
  },
});
