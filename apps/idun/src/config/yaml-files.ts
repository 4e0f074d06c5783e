import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { emptyTree, isTree, type Layer } from './layers.js';

/** The folder `config` of this program, wherever it was started: the nearest one above the compiled code. */
export function findConfigDir(from: string = import.meta.dirname): string {
  const candidate = join(from, 'config');
  if (existsSync(join(candidate, 'default.yaml'))) return candidate;
  const parent = dirname(from);
  if (parent === from) throw new Error('no folder config/ with a default.yaml was found');
  return findConfigDir(parent);
}

/** `default.yaml` and, where there is one, `<nodeEnv>.yaml`. */
export function readYamlLayers(
  configDir: string,
  nodeEnv: string | undefined,
  problems: string[],
): Layer[] {
  const layers = [readLayer(configDir, 'default.yaml', problems)];
  if (nodeEnv && !/^[\w-]+$/.test(nodeEnv)) {
    // It becomes part of a path.
    problems.push('NODE_ENV must be of letters, digits, _ and -');
  } else if (nodeEnv && nodeEnv !== 'default' && existsSync(join(configDir, `${nodeEnv}.yaml`))) {
    layers.push(readLayer(configDir, `${nodeEnv}.yaml`, problems));
  }
  return layers;
}

function readLayer(configDir: string, file: string, problems: string[]): Layer {
  const name = `config/${file}`;
  try {
    return { name, tree: parseYaml(readFileSync(join(configDir, file), 'utf8'), name, problems) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    problems.push(`${name} cannot be read (${code})`);
    return { name, tree: emptyTree() };
  }
}

/** Errors show code and place only: a message of the parser may quote a password. */
function parseYaml(text: string, name: string, problems: string[]) {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'silent' });
  for (const { code, pos } of [...document.errors, ...document.warnings]) {
    const { line, col } = lineCounter.linePos(pos[0]);
    problems.push(`${name} is not valid YAML at line ${line}, column ${col} (${code})`);
  }
  if (document.errors.length > 0) return emptyTree();
  const tree: unknown = document.toJS() ?? {};
  if (!endsSomewhere(tree)) {
    problems.push(`${name} has an alias to something that holds it`);
    return emptyTree();
  }
  if (isTree(tree)) return tree;
  problems.push(`${name} must hold a mapping of settings`);
  return emptyTree();
}

/** An alias may stand within its own anchor; what walks through that never ends. */
function endsSomewhere(tree: unknown): boolean {
  try {
    JSON.stringify(tree);
    return true;
  } catch {
    return false;
  }
}
