import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../../libs/testing/src/servers/guard.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The first lines of what answers a call for a segment id, as they are compiled. */
const HANDLERS = [
  'httpSegment({ params: { key }, query: { count } }, reply) {',
  'rpcSegment(payload) {',
];

/**
 * A copy of the built service in which each call for a segment id that is taken on keeps the process busy for `costMs`
 * more: a machine whose load generator is no faster than the service can then offer it ten times what it can answer.
 * Returns the program to start.
 */
export function slowBuild(costMs: number): string {
  const folder = temporaryFolder('slow');
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(root, 'config'), join(folder, 'config'), { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'dist/apps/idun/src/id.controller.js');
  let code = readFileSync(file, 'utf8');
  for (const handler of HANDLERS) {
    if (!code.includes(handler)) throw new Error(`no ${handler} in ${file}`);
    code = code.replace(handler, `${handler} keepBusy();`);
  }
  const keepBusy = `
function keepBusy() {
  for (const endMs = performance.now() + ${costMs}; performance.now() < endMs; );
}
`;
  writeFileSync(file, code + keepBusy);
  return join(folder, 'dist/apps/idun/src/main.js');
}
