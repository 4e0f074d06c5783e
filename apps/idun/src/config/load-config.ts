import type { z } from 'zod';
import { ConfigError } from './config-error.js';
import { readEnvironment, type Env } from './environment.js';
import { getAt, mergeLayers, originOf, type Layer } from './layers.js';
import { SETTINGS, type Config } from './schema.js';
import { isWholeIssue, wholeSchema } from './whole-checks.js';
import { findConfigDir, readYamlLayers } from './yaml-files.js';

export interface LoadConfigOptions {
  env: Env;
  /** The folder with `default.yaml`. Default: the program's own. */
  configDir?: string;
  nowMs?: number;
}

/**
 * The whole configuration: `default.yaml`, then `<NODE_ENV>.yaml`, then environment variables, which win.
 * @throws ConfigError that lists everything that is wrong
 */
export function loadConfig({ env, configDir, nowMs }: LoadConfigOptions): Config {
  const problems: string[] = [];
  const files = readYamlLayers(configDir ?? findConfigDir(), env['NODE_ENV'], problems);
  return resolveConfig(files, env, nowMs ?? Date.now(), problems);
}

/** The part of {@link loadConfig} that reads no file. `fileProblems` is what was wrong with the files. */
export function resolveConfig(
  files: readonly Layer[],
  env: Env,
  nowMs: number,
  fileProblems: readonly string[] = [],
): Config {
  const problems = [...fileProblems];
  const layers = [...files, readEnvironment(env, SETTINGS, problems)];
  const { data, error } = wholeSchema(nowMs).safeParse(mergeLayers(layers, problems));
  for (const issue of error?.issues ?? []) problems.push(...explain(issue, layers));
  if (!data || problems.length > 0) throw new ConfigError([...new Set(problems)]);
  return deepFreeze({
    ...data,
    databaseUrls: data.databaseUrls ?? [`sqlite:${data.dataDir}/idun.db`],
  });
}

function explain(issue: z.core.$ZodIssue, layers: readonly Layer[]): string[] {
  const path = issue.path.filter((part) => typeof part === 'string');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => unknownKey([...path, name], layers));
  }
  const key = path.join('.');
  const setting = SETTINGS.find((each) => each.key === key);
  if (!setting) return [`${key} must be a section with keys of its own`];
  const rule = isWholeIssue(issue)
    ? issue.message
    : `must be ${setting.allowed}; ${shown(key, setting.secret, layers)}`;
  return [`${key} (${setting.env}) ${rule}`];
}

function unknownKey(path: readonly string[], layers: readonly Layer[]): string {
  const section = path
    .slice(0, -1)
    .map((name) => `${name}.`)
    .join('');
  const siblings = SETTINGS.filter((each) => each.key.startsWith(section)).map(
    (each) => each.key.slice(section.length).split('.')[0],
  );
  const key = path.join('.');
  const where = originOf(layers, path)?.name ?? 'the configuration';
  return `${key} in ${where} is not a known key; known there: ${[...new Set(siblings)].join(', ')}`;
}

const SHOWN_LENGTH = 60;

function shown(key: string, secret: boolean | undefined, layers: readonly Layer[]): string {
  const origin = originOf(layers, key.split('.'));
  if (!origin) return 'nothing sets it';
  if (secret) return `${origin.name} has something else, not shown as it may hold a password`;
  const text = JSON.stringify(getAt(origin.tree, key.split('.'))) ?? 'nothing';
  const cut = text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
  return `${origin.name} has ${cut}`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
