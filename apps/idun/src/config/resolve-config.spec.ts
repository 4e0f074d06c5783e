import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.js';
import type { Tree } from './layers.js';
import { resolveConfig } from './load-config.js';
import { redactConfig } from './redact-config.js';
import { SETTINGS } from './schema.js';
import { findConfigDir, readYamlLayers } from './yaml-files.js';

const NOW = Date.UTC(2026, 10, 22);
const [defaults] = readYamlLayers(findConfigDir(), undefined, []);
if (!defaults) throw new Error('no defaults');
const base = defaults;

const resolve = (env: Record<string, string>, file: Tree = {}) =>
  resolveConfig([base, { name: 'config/staging.yaml', tree: file }], env, NOW);

function problems(env: Record<string, string>, file?: Tree): readonly string[] {
  try {
    resolve(env, file);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('precedence', () => {
  it('is environment, then the file of NODE_ENV, then the defaults, setting by setting', () => {
    const file = { http: { port: 1, host: '::' }, segment: { maxStep: 5 } };
    const config = resolve({ IDUN_HTTP_PORT: '2' }, file);
    expect(config.http).toEqual({ port: 2, host: '::', maxConnections: 10_000 });
    expect(config.segment).toMatchObject({ maxStep: 5, targetSeconds: 600 });
  });

  it('replaces a list whole', () => {
    expect(resolve({ IDUN_DATABASE_URLS: 'sqlite:other.db' }).databaseUrls).toEqual([
      'sqlite:other.db',
    ]);
  });

  it('takes each setting from its variable', () => {
    const config = resolve({
      IDUN_SEGMENT_ENABLED: 'false',
      IDUN_SEGMENT_PREFETCH: '0.25',
      IDUN_SNOWFLAKE_LAYOUT: '41-5-5-12',
      IDUN_DATACENTER_ID: '31',
      IDUN_WORKER_LEASE: 'static',
      IDUN_WORKER_ID: '31',
      IDUN_INSTANCE: 'node-1',
      IDUN_ADVERTISE_HOST: 'idun.example',
    });
    expect(config).toMatchObject({
      advertiseHost: 'idun.example',
      segment: { enabled: false, prefetchRatio: 0.25 },
      snowflake: { layout: '41-5-5-12', datacenterId: 31 },
      worker: { lease: 'static', id: 31, instance: 'node-1' },
    });
  });
});

it('is frozen to its leaves', () => {
  const config = resolve({});
  expect([config, config.http, config.segment, config.databaseUrls].every(Object.isFrozen)).toBe(
    true,
  );
  expect(Object.isFrozen(base.tree)).toBe(false);
});

describe('redaction', () => {
  it('hides passwords when printed', () => {
    const config = resolve({ IDUN_DATABASE_URLS: 'mysql://idun:hunt%40er2@[::1]/idun' });
    expect(config.databaseUrls[0]).toContain('hunt%40er2');
    expect(redactConfig(config).databaseUrls).toEqual(['mysql://idun:***@[::1]/idun']);
    expect(JSON.stringify(redactConfig(config))).not.toContain('hunt');
  });

  it('hides the password for Nacos, and nothing else of it', () => {
    const config = resolve({ IDUN_NACOS_USERNAME: 'idun', IDUN_NACOS_PASSWORD: 'hunter2' });
    expect(config.nacos.password).toBe('hunter2');
    expect(redactConfig(config).nacos).toEqual({ ...config.nacos, password: '***' });
    expect(redactConfig(resolve({})).nacos).not.toHaveProperty('password');
  });

  it.each(['mysql://idun:hunter2@db', 'postgres://idun:hunter2@db/idun', 'hunter2'])(
    'hides them in errors: %s',
    (url) => {
      expect(() => resolve({ IDUN_DATABASE_URLS: url })).toThrow(/IDUN_DATABASE_URLS/);
      expect(problems({ IDUN_DATABASE_URLS: url }).join()).not.toContain('hunter2');
      expect(problems({}, { databaseUrls: url }).join()).not.toContain('hunter2');
      expect(problems({ IDUN_DATABASE_URL: url }).join()).not.toContain('hunter2');
    },
  );
});

describe('texts of variables', () => {
  const bad: [string, string[]][] = [
    [
      'IDUN_HTTP_PORT',
      ['', ' ', ' 1', '1 ', '8080abc', '1e3', '0x10', '-1', '+1', '08', '1.0', '65536', 'off'],
    ],
    ['IDUN_SEGMENT_PREFETCH', ['', '0', '1', '0.0', '1.5', '.5', '5e-1', '50%', 'NaN']],
    ['IDUN_SEGMENT_ENABLED', ['', 'yes', '1', 'TRUE', 'true ', 'on']],
    ['IDUN_SNOWFLAKE_EPOCH', ['-1', '1288834974657.5', '99999999999999999999', '2010-11-04']],
    ['IDUN_LOG_LEVEL', ['', 'INFO', 'verbose', 'info ']],
    ['IDUN_HTTP_HOST', ['', ' ', 'a b', 'http://localhost', '-a', 'a..b', 'localhost:80']],
    ['IDUN_DATA_DIR', ['', ' ./data', './data\n']],
    ['IDUN_INSTANCE', ['', 'a\u0000b', 'x'.repeat(129)]],
    ['IDUN_WORKER_LEASE', ['', 'Zookeeper', 'Database']],
    [
      'IDUN_ZOOKEEPER_CONNECT',
      ['', 'h:0', 'h:65536', 'h:2181/root', 'h:2181,', ' h:2181', 'a b:1', '::1:2181', '[h]:1'],
    ],
    ['IDUN_ZOOKEEPER_ROOT', ['', '/', 'idun', '/idun/', '/a//b', '/../x', '/zookeeper', '/a b']],
    ['IDUN_SNOWFLAKE_LAYOUT', ['', '41-10-13', '63', '41_10_12', '41-10-12 ']],
    [
      'IDUN_DATABASE_URLS',
      [
        '',
        'sqlite:',
        'sqlite::memory:',
        'mysql://h/d',
        'mysql://u:p@h',
        'sqlite:a,',
        'mysql://u:p@h/d?failover=x:1,y:1',
        'mysql://u:p@h/d?failover=x:0',
      ],
    ],
  ];
  const cases = bad.flatMap(([variable, texts]) => texts.map((text) => [variable, text] as const));

  it.each(cases)('refuses %s=%j with one error that names key and variable', (variable, text) => {
    const key = SETTINGS.find(({ env }) => env === variable)?.key;
    const found = problems({ [variable]: text });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`${key} (${variable}) `);
  });

  it.each([
    ['IDUN_HTTP_HOST', '::'],
    ['IDUN_HTTP_HOST', '0.0.0.0'],
    ['IDUN_HTTP_HOST', 'node-1.example.'],
    ['IDUN_HTTP_PORT', '0'],
    ['IDUN_SEGMENT_PREFETCH', '0.999'],
    ['IDUN_DATABASE_URLS', 'sqlite:/var/lib/idun/idun.db'],
    ['IDUN_DATABASE_URLS', 'mysql://u@h/d'],
    ['IDUN_DATABASE_URLS', 'mysql://u@h/d?failover=x:1&failover=y:1%2C[::1]'],
  ])('takes %s=%s', (variable, text) => {
    expect(problems({ [variable]: text })).toEqual([]);
  });
});

describe('every error of several', () => {
  /** For each setting, a text that is wrong by itself. */
  const wrong = Object.fromEntries(SETTINGS.map(({ env }) => [env, ' ']));

  it('is listed, whichever variables are wrong', () => {
    fc.assert(
      fc.property(
        fc.subarray(SETTINGS.map(({ env }) => env)),
        fc.subarray(['IDUN_NO_SUCH_A', 'IDUN_NO_SUCH_B', 'IDUN_COMPAT']),
        (variables, unknown) => {
          const env = Object.fromEntries(
            [...variables, ...unknown].map((variable) => [variable, wrong[variable] ?? 'x']),
          );
          const found = problems(env);
          expect(found).toHaveLength(variables.length + unknown.length);
          for (const variable of [...variables, ...unknown]) {
            expect(found.filter((each) => each.split(/[ ()]/).includes(variable))).toHaveLength(1);
          }
        },
      ),
    );
  });

  it('is listed across files, variables and rules over several settings', () => {
    const file = { htp: { port: 1 }, http: { prot: 1 }, tcp: 5, segment: { maxStep: '7' } };
    const found = problems(
      { IDUN_SEGMENT_FETCH_DEADLINE_MS: '2000', IDUN_DATABASE_URLS: 'sqlite:a,sqlite:b' },
      file,
    );
    expect(found.toSorted()).toEqual(
      [
        'databaseUrls (IDUN_DATABASE_URLS) has 2 URLs, but partitions are not supported yet: give exactly one',
        'htp in config/staging.yaml is not a known key; known there: http, tcp, overload, advertiseHost, zone, weight, dataDir, databaseUrls, segment, journal, snowflake, worker, zookeeper, leaf, nacos, clock, adminToken, shutdownMs, logLevel',
        'http.prot in config/staging.yaml is not a known key; known there: host, port, maxConnections',
        'segment.fetchDeadlineMs (IDUN_SEGMENT_FETCH_DEADLINE_MS) must be below segment.deadlineMs (2000); it is 2000',
        'segment.maxStep (IDUN_SEGMENT_MAX_STEP) must be a whole number from 1 to 1000000000; config/staging.yaml has "7"',
        'tcp in config/staging.yaml must be a section with keys of its own',
      ].toSorted(),
    );
  });

  it('has a message that lists them', () => {
    expect(() => resolve({ IDUN_HTTP_PORT: 'x', IDUN_TCP_PORT: 'y' })).toThrow(
      /has 2 errors[^]*IDUN_HTTP_PORT[^]*IDUN_TCP_PORT/,
    );
  });
});

it('takes __proto__ in a file for an unknown key', () => {
  const file: Tree = JSON.parse('{"__proto__":{"polluted":1},"http":{"__proto__":1}}');
  expect(problems({}, file).toSorted()).toEqual([
    expect.stringMatching(/^__proto__ in config\/staging\.yaml is not a known key/),
    expect.stringMatching(/^http\.__proto__ in config\/staging\.yaml is not a known key/),
  ]);
  expect({}).not.toHaveProperty('polluted');
});
