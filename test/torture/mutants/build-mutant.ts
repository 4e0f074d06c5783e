import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './mutants.js';

/** The built service in `folder`, with one text replaced. Returns the program. Throws unless the text occurs exactly once. */
export function buildMutant(
  root: string,
  folder: string,
  { file, find, replace }: Pick<Mutant, 'file' | 'find' | 'replace'>,
): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of ['dist', 'config', 'package.json']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const path = join(folder, 'dist', file);
  writeFileSync(path, replaceOnce(readFileSync(path, 'utf8'), find, replace, file));
  return join(folder, 'dist/apps/idun/src/main.js');
}

export function replaceOnce(text: string, find: string, replace: string, name: string): string {
  const parts = text.split(find);
  if (parts.length !== 2)
    throw new Error(`${name} has ${parts.length - 1} times, not once: ${find}`);
  return parts.join(replace);
}
