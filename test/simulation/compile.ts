import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** What the worker threads load: the real core, and what simulates the rest. */
const SOURCES = [
  'libs/contracts/src',
  'libs/core/src',
  'libs/testing/src/memory-worker-records.ts',
  'test/simulation',
];

export interface Compilation {
  /** The repository. */
  root: string;
  /** Takes the compiled files. */
  folder: string;
  /** One exact snippet to be replaced, for a mutant. */
  edit?: SourceEdit;
  /** Puts counters into a file. */
  instrument?: (file: string) => ts.TransformerFactory<ts.SourceFile> | undefined;
}

export interface SourceEdit {
  file: string;
  find: string;
  replace: string;
}

/** Compiles each file by itself, as it is but for what the caller wants. Returns the path of the thread's program. */
export function compile({ root, folder, edit, instrument }: Compilation): string {
  for (const file of sourceFiles(root)) {
    const text = readFileSync(join(root, file), 'utf8');
    const edited = edit?.file === file ? applyEdit(text, edit) : text;
    const transformer = instrument?.(file);
    const outputText = transformer ? transpile(file, edited, transformer) : plain(file, edited);
    const target = join(folder, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
  const imports = { '#*': './libs/*/src/index.js' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', imports }));
  return join(folder, 'test/simulation/thread.js');
}

/** What a mutant does not change is not compiled again. */
const known = new Map<string, string>();

function plain(file: string, text: string): string {
  const outputText = known.get(text) ?? transpile(file, text);
  known.set(text, outputText);
  return outputText;
}

function transpile(
  fileName: string,
  text: string,
  transformer?: ts.TransformerFactory<ts.SourceFile>,
): string {
  return ts.transpileModule(text, {
    fileName,
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
    ...(transformer && { transformers: { before: [transformer] } }),
  }).outputText;
}

/** Throws unless the snippet occurs exactly once: a mutant must not silently change nothing. */
export function applyEdit(text: string, { file, find, replace }: SourceEdit): string {
  const parts = text.split(find);
  if (parts.length !== 2) {
    throw new Error(`${file} has ${parts.length - 1} times, not once: ${find}`);
  }
  return parts.join(replace);
}

function sourceFiles(root: string): string[] {
  return SOURCES.flatMap((source) =>
    source.endsWith('.ts')
      ? [source]
      : readdirSync(join(root, source), { recursive: true, encoding: 'utf8' })
          .filter((file) => /(?<!spec)\.ts$/.test(file))
          .map((file) => `${source}/${file}`),
  );
}
