import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { serviceScript } from './guard.js';

const run = promisify(execFile);

/** Separate from the start, so that a download does not count as a server that does not answer. */
export async function installService(script: string): Promise<void> {
  const installing = run('bash', [serviceScript(script), 'install']);
  installing.child.stderr?.pipe(process.stderr, { end: false });
  try {
    await installing;
  } catch (cause) {
    throw new Error(`${script} install failed: what it said stands above`, { cause });
  }
}
