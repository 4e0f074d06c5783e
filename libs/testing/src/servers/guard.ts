import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The absolute path of a script under test/services. */
export function serviceScript(name: string): string {
  return fileURLToPath(new URL(`../../../../test/services/${name}`, import.meta.url));
}

type Verb = 'watch' | 'forget' | 'folder' | 'container';

let tell: ((line: string) => void) | undefined;

/**
 * Hands something to the process that cleans up when this one dies, by whatever death. An `exit`
 * handler would not do: it does not run after SIGKILL, and servers would stay behind.
 */
export function guard(verb: Verb, value: string | number): void {
  tell ??= startGuard();
  tell(`${verb} ${value}\n`);
}

function startGuard(): (line: string) => void {
  const child = spawn('bash', [serviceScript('guard.sh')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const pipe = child.stdin;
  child.unref();
  // A pipe of a child is a socket: it can be unreferenced, though its type does not say so.
  if ('unref' in pipe && typeof pipe.unref === 'function') pipe.unref();
  return (line) => void pipe.write(line);
}

/** A new temporary folder, removed at the latest when this process ends. */
export function temporaryFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), `idun-${prefix}-`));
  guard('folder', folder);
  return folder;
}
