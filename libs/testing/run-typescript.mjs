// Runs a TypeScript file of this repository in a process of its own: node run-typescript.mjs FILE [ARGS]
import { runnerImport } from 'vite';

const conditions = ['source', 'node', 'import', 'module', 'default'];
await runnerImport(process.argv[2], {
  configFile: false,
  logLevel: 'error',
  ssr: { resolve: { conditions, externalConditions: [] } },
  resolve: { conditions },
});
