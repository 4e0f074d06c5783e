import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { serviceScript } from './guard.js';

const run = promisify(execFile);

/**
 * Separate from the start, so that a download does not count as a server that does not answer.
 * Resolves to what the script printed: the path of what it found or installed.
 */
export async function installService(script: string): Promise<string> {
  const installing = run('bash', [serviceScript(script), 'install']);
  installing.child.stderr?.pipe(process.stderr, { end: false });
  try {
    return (await installing).stdout.trim();
  } catch (cause) {
    throw new Error(`${script} install failed: what it said stands above`, { cause });
  }
}
