import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, findConfigDir, loadConfig } from './index.js';

let configDir: string;
beforeEach(() => {
  configDir = mkdtempSync(join(tmpdir(), 'idun-config-'));
  write('default.yaml', defaults);
});
afterEach(() => rmSync(configDir, { recursive: true }));

const defaults = { shutdownMs: 1 };
const write = (file: string, content: unknown) =>
  writeFileSync(
    join(configDir, file),
    typeof content === 'string' ? content : JSON.stringify(content),
  );

function problems(env: Record<string, string>, dir = configDir): readonly string[] {
  try {
    loadConfig({ env, configDir: dir });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the defaults in config/default.yaml', () => {
  it('are those that the users of idun know', () => {
    expect(loadConfig({ env: {} })).toEqual({
      http: { host: '127.0.0.1', port: 8080, maxConnections: 10_000 },
      tcp: { host: '127.0.0.1', port: 8090, maxConnections: 10_000 },
      overload: { maxInFlight: 10_000, maxLoopDelayMs: 100 },
      dataDir: './data',
      databaseUrls: ['sqlite:./data/idun.db'],
      segment: {
        enabled: true,
        adaptive: true,
        prefetchRatio: 0.5,
        targetSeconds: 600,
        maxStep: 1_000_000,
        deadlineMs: 2_000,
        fetchDeadlineMs: 700,
        negativeCacheMs: 500,
        onRewind: 'heal',
        witness: 'prefer',
      },
      journal: { enabled: false, retentionHours: 168 },
      snowflake: { enabled: true, layout: '41-10-12', epochMs: 1_288_834_974_657 },
      worker: { lease: 'auto', ttlMs: 10_000 },
      zookeeper: { root: '/idun' },
      leaf: {},
      nacos: { namespace: 'public', group: 'DEFAULT_GROUP', service: 'idun', cluster: 'DEFAULT' },
      weight: 1,
      clock: { toleranceMs: 2_000, maxAheadMs: 10_000 },
      shutdownMs: 10_000,
      logLevel: 'info',
    });
  });

  it('are found from anywhere below', () => {
    expect(findConfigDir(join(findConfigDir(), '..', 'dist', 'apps', 'idun'))).toBe(
      findConfigDir(),
    );
  });
});

describe('the files', () => {
  it('says so when default.yaml is missing', () => {
    rmSync(join(configDir, 'default.yaml'));
    expect(problems({})).toContain('config/default.yaml cannot be read (ENOENT)');
  });

  it('reads the file of NODE_ENV and no other', () => {
    write('staging.yaml', { shutdownMs: 'x' });
    const ofStaging = expect.stringContaining('config/staging.yaml has "x"');
    expect(problems({ NODE_ENV: 'staging' })).toContainEqual(ofStaging);
    expect(problems({ NODE_ENV: 'production' })).not.toContainEqual(ofStaging);
  });

  it('does not let NODE_ENV lead elsewhere', () => {
    expect(problems({ NODE_ENV: '../default' })).toContain(
      'NODE_ENV must be of letters, digits, _ and -',
    );
  });

  it('gives the place of broken YAML and not its text, which may hold a password', () => {
    write('staging.yaml', 'shutdownMs: 1\nshutdownMs: 2\ndatabaseUrls: *mysql://u:hunter2@h/d\n');
    const found = problems({ NODE_ENV: 'staging' });
    expect(found).toContain(
      'config/staging.yaml is not valid YAML at line 2, column 1 (DUPLICATE_KEY)',
    );
    expect(found.join('\n')).not.toContain('hunter2');
  });

  it('refuses a file that is no mapping, and takes an empty one', () => {
    write('staging.yaml', '- a\n');
    write('empty.yaml', '# nothing\n');
    expect(problems({ NODE_ENV: 'staging' })).toContain(
      'config/staging.yaml must hold a mapping of settings',
    );
    expect(problems({ NODE_ENV: 'empty' })).toEqual(problems({}));
  });
});
