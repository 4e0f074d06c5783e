import type {
  ClientOptions,
  KeyOptions,
  NacosDiscoveryOptions,
  SegmentSettings,
  ServerOptions,
} from './client-options.js';
import { LONGEST_DELAY_MS } from './clock.js';
import { nearestName } from './nearest-name.js';

/** Tells what is wrong with a value, by its name; nothing where it is well. */
type Check = (name: string, value: unknown) => readonly string[];

type Checks<T> = { readonly [Name in keyof Required<T>]: Check };

const MAX_LEASE_SIZE = 1_000_000_000;

const where =
  (isRight: (value: unknown) => boolean, rule: string): Check =>
  (name, value) =>
    isRight(value) ? [] : [`${name} is ${rule}, not ${shown(value)}.`];

const integer = (least: number, most: number) =>
  where(
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
    `a whole number from ${least} to ${most}`,
  );

const oneOf = (...values: readonly string[]) =>
  where(
    (value) => values.includes(value as string),
    values.map((each) => `'${each}'`).join(' or '),
  );

const isText = (value: unknown) => typeof value === 'string' && value.trim() !== '';
const text = where(isText, 'a string that is not empty');
const texts = where(
  (value) => Array.isArray(value) && value.every(isText),
  'a list of strings that are not empty',
);
const milliseconds = integer(1, LONGEST_DELAY_MS);

const KEY_CHECKS: Checks<KeyOptions> = {
  minLeaseSize: integer(1, MAX_LEASE_SIZE),
  maxLeaseSize: integer(1, MAX_LEASE_SIZE),
  targetSeconds: integer(1, 86_400),
  deadlineMs: milliseconds,
  failureCacheMs: integer(0, LONGEST_DELAY_MS),
};

const SEGMENT_CHECKS: Checks<SegmentSettings> = {
  ...KEY_CHECKS,
  as: oneOf('bigint', 'number', 'string'),
};

const NACOS_CHECKS: Checks<NacosDiscoveryOptions> = {
  servers: text,
  namespace: text,
  group: text,
  service: text,
  clusters: texts,
  username: text,
  password: text,
};

const anything: Check = () => [];

/** `staticServers` looks at what is given more closely. */
const SERVER_CHECKS: Checks<ServerOptions> = {
  host: text,
  port: anything,
  zone: text,
  weight: anything,
};

const serverList: Check = (name, value) =>
  Array.isArray(value) && value.length > 0
    ? value.flatMap((each: unknown, index) =>
        typeof each === 'string'
          ? []
          : problemsOf(`${name}[${index}]`, each, SERVER_CHECKS, ['host', 'port']),
      )
    : [`${name} is a list with at least one entry, not ${shown(value)}.`];

const CLIENT_CHECKS: Checks<ClientOptions> = {
  servers: serverList,
  nacos: (name, value) => problemsOf(name, value, NACOS_CHECKS, ['servers']),
  transport: oneOf('http', 'tcp'),
  zone: text,
  deadlineMs: milliseconds,
  attemptTimeoutMs: milliseconds,
  segment: (name, value) => [...problemsOf(name, value, KEY_CHECKS), ...sizeProblems(name, value)],
};

/** @throws `TypeError` that lists all that is wrong. */
export function checkClientOptions(options: unknown): asserts options is ClientOptions {
  const problems = [...problemsOf('', options, CLIENT_CHECKS)];
  const { servers, nacos } = Object(options) as ClientOptions;
  if ((servers === undefined) === (nacos === undefined)) {
    problems.push("Give one of 'servers' and 'nacos'.");
  }
  throwIfAny('createClient', problems);
}

/** @throws `TypeError` that lists all that is wrong. */
export function checkSegmentSettings(settings: unknown): asserts settings is SegmentSettings {
  const problems = [...problemsOf('', settings, SEGMENT_CHECKS), ...sizeProblems('', settings)];
  throwIfAny('segment', problems);
}

function throwIfAny(caller: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new TypeError(`${caller}: ${problems.join(' ')}`);
}

function problemsOf(
  parent: string,
  value: unknown,
  checks: Readonly<Record<string, Check>>,
  required: readonly string[] = [],
): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [`${parent || 'The options'} ${parent ? 'is' : 'are'} an object, not ${shown(value)}.`];
  }
  const given = Object.entries(value).filter(([, each]) => each !== undefined);
  const missing = required.filter((name) => !given.some(([each]) => each === name));
  return [
    ...missing.map((name) => `${inside(parent, name)} is missing.`),
    ...given.flatMap(([name, each]) => {
      const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
      return check ? check(inside(parent, name), each) : [unknownName(parent, name, checks)];
    }),
  ];
}

function sizeProblems(parent: string, value: unknown): string[] {
  const { minLeaseSize = 1, maxLeaseSize = MAX_LEASE_SIZE } = Object(value) as KeyOptions;
  return minLeaseSize > maxLeaseSize
    ? [`${inside(parent, 'minLeaseSize')} is at most maxLeaseSize.`]
    : [];
}

function unknownName(parent: string, name: string, checks: object): string {
  const near = nearestName(name, Object.keys(checks));
  const hint = near === undefined ? '.' : `: is ${near} meant?`;
  return `There is no option ${inside(parent, name)}${hint}`;
}

const inside = (parent: string, name: string) => (parent ? `${parent}.${name}` : name);

const shown = (value: unknown) =>
  typeof value === 'string' ? `'${value}'` : Array.isArray(value) ? 'a list' : String(value);
