#!/usr/bin/env node
// `npx idun`: the command line, which is built first where it is not there yet, as right after `npm ci`.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const program = join(dist, 'apps/idun/src/cli/main.js');

if (!existsSync(program)) build();
await import(pathToFileURL(program).href);

/** Beside `dist` and then moved, so that neither a service that runs from there nor another build is disturbed. */
function build() {
  const fresh = join(root, `.dist-${process.pid}`);
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const args = [compiler, '-p', join(root, 'apps/idun/tsconfig.app.json'), '--outDir', fresh];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) {
    process.stderr.write(
      `idun could not be built: run npm ci, then npm run build.\n${stdout}${stderr}`,
    );
    rmSync(fresh, { recursive: true, force: true });
    process.exit(1);
  }
  try {
    renameSync(fresh, dist);
  } catch {
    if (!existsSync(program)) cpSync(fresh, dist, { recursive: true });
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
