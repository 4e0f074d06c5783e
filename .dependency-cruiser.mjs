// The direction of imports, checked by test/import-graph.spec.ts.
const tests = '\\.(spec|int-spec|e2e-spec|fixture)\\.ts$';
const adapters = '(store|zookeeper|nacos)';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'core-is-pure',
      comment: 'The core knows no framework, no database and no socket.',
      severity: 'error',
      from: { path: '^libs/core/', pathNot: tests },
      to: { pathNot: '^libs/(core|contracts)/' },
    },
    {
      name: 'contracts-import-nothing',
      severity: 'error',
      from: { path: '^libs/contracts/', pathNot: tests },
      to: { pathNot: '^libs/contracts/' },
    },
    {
      name: 'client-is-light',
      comment:
        'What runs in the processes of others knows the contracts and nothing of the service.',
      severity: 'error',
      from: { path: '^libs/client/', pathNot: tests },
      to: { path: '^(apps|libs|test)/', pathNot: '^libs/(client|contracts)/' },
    },
    {
      name: 'client-without-nest',
      comment: 'Nest is for those who import the entries under nest/.',
      severity: 'error',
      from: { path: '^libs/client/src/', pathNot: ['^libs/client/src/nest/', tests] },
      to: { path: ['^libs/client/src/nest/', 'node_modules/(@nestjs|rxjs)/'] },
    },
    {
      name: 'examples-as-users',
      comment: 'They show what can be done with the package alone.',
      severity: 'error',
      from: { path: '^examples/([^/]+)/' },
      to: {
        path: '^(apps|examples|libs|test)/',
        pathNot: ['^examples/$1/', '^libs/client/src/(index|nest/(index|proxy))\\.ts$'],
      },
    },
    {
      name: 'adapters-apart',
      comment: 'Only an app knows more than one adapter.',
      severity: 'error',
      from: { path: `^libs/${adapters}/` },
      to: { path: `^libs/${adapters}/`, pathNot: '^libs/$1/' },
    },
    {
      name: 'features-without-adapters',
      comment: 'The modules over the core get their ports from the app.',
      severity: 'error',
      from: { path: '^libs/(segment|snowflake|client)/', pathNot: tests },
      to: { path: `^libs/${adapters}/` },
    },
    {
      name: 'libs-below-apps',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'testing-in-tests-only',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^libs/testing/', tests] },
      to: { path: ['^libs/testing/', '^test/', tests] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^(apps|examples|libs|test)/' },
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An edge that is not seen is not checked either.',
      severity: 'error',
      from: { path: '^(apps|examples|libs|test)/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'declared-dependencies',
      comment: 'What runs in production stands under "dependencies".',
      severity: 'error',
      from: { path: '^(apps|examples|libs)/', pathNot: ['^libs/testing/', tests] },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        // What the user of the package has, such as Nest.
        dependencyTypesNot: ['npm-peer'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(examples|libs)/[^/]+/dist/' },
    // Types count: an interface of a framework in the core is a dependency too.
    tsPreCompilationDeps: true,
    // `idun-source` is the condition under which package.json maps `#core` to the TypeScript files.
    enhancedResolveOptions: {
      conditionNames: ['idun-source', 'node', 'import', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
