// `npm run bench`: builds the service and this suite, then runs it. `npm run bench -- --help` lists the options.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

function build(command) {
  // Through npm: it finds the tools of node_modules on every platform.
  const { status } = spawnSync('npm', command, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

// As `npm start` does, which builds anew each time: no stale code is measured.
console.error('Building the service and the benchmark');
build(['run', '--silent', 'build']);
build(['exec', '--', 'tsc', '-p', 'test/bench/tsconfig.json']);

// Resolves inside of dist, where subpath imports such as #core mean the built files.
const { main } = await import(new URL('../../dist/test/bench/main.js', import.meta.url));
process.exitCode = await main(process.argv.slice(2), root);
