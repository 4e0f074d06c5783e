// Runs a TypeScript file of this repository in a process of its own: node run-typescript.mjs FILE [ARGS]
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const libs = fileURLToPath(new URL('..', import.meta.url));

const conditions = ['idun-source', 'node', 'import', 'module', 'default'];
await runnerImport(process.argv[2], {
  configFile: false,
  logLevel: 'error',
  ssr: { resolve: { conditions, externalConditions: [] } },
  // The sources, not what was built from them.
  resolve: { conditions, alias: [{ find: /^#(.*)$/, replacement: `${libs}$1/src/index.ts` }] },
});
