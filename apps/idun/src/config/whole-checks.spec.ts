import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.js';
import { resolveConfig } from './load-config.js';
import { findConfigDir, readYamlLayers } from './yaml-files.js';

const NOW = Date.UTC(2026, 10, 22);
const files = readYamlLayers(findConfigDir(), undefined, []);

function problems(env: Record<string, string | undefined>): readonly string[] {
  try {
    resolveConfig(files, env, NOW);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** Everything that the lease `leaf` needs. */
const LEAF = {
  IDUN_WORKER_LEASE: 'leaf',
  IDUN_LEAF_NAME: 'com.example.ids',
  IDUN_ZOOKEEPER_CONNECT: 'zk:2181',
};

describe('rules over several settings', () => {
  it.each([
    [{ IDUN_HTTP_PORT: '8090' }, /^tcp\.port \(IDUN_TCP_PORT\) must differ from http\.port/],
    [{ IDUN_DATABASE_URLS: 'sqlite:a,sqlite:b' }, /partitions are not supported yet/],
    [{ IDUN_SEGMENT_DEADLINE_MS: '700' }, /^segment\.fetchDeadlineMs .* below segment\.deadlineMs/],
    [{ IDUN_SNOWFLAKE_LAYOUT: '41-10-13' }, /^snowflake\.layout .*add up to 63/],
    [{ IDUN_SNOWFLAKE_EPOCH: String(NOW + 1) }, /^snowflake\.epochMs .*future/],
    [{ IDUN_SNOWFLAKE_LAYOUT: '38-13-12' }, /^snowflake\.epochMs .*run out/],
    [{ IDUN_DATACENTER_ID: '0' }, /^snowflake\.datacenterId .*must not be set/],
    [{ IDUN_SNOWFLAKE_LAYOUT: '41-5-5-12' }, /^snowflake\.datacenterId .*must be set/],
    [
      { IDUN_SNOWFLAKE_LAYOUT: '41-5-5-12', IDUN_DATACENTER_ID: '32' },
      /^snowflake\.datacenterId .*from 0 to 31 .*it is 32/,
    ],
    [{ IDUN_WORKER_LEASE: 'static' }, /^worker\.id \(IDUN_WORKER_ID\) must be set/],
    [{ IDUN_WORKER_ID: '1' }, /^worker\.id .*must not be set: worker\.lease is auto/],
    [{ IDUN_WORKER_LEASE: 'zookeeper' }, /^zookeeper\.connect .*must be set/],
    [{ IDUN_NACOS_USERNAME: 'idun' }, /^nacos\.password .*must be set/],
    [{ IDUN_NACOS_PASSWORD: 'secret' }, /^nacos\.password .*must not be set without/],
    [
      { IDUN_WORKER_LEASE: 'static', IDUN_WORKER_ID: '1024' },
      /^worker\.id .*from 0 to 1023 .*it is 1024/,
    ],
    [{ ...LEAF, IDUN_ZOOKEEPER_CONNECT: undefined }, /^zookeeper\.connect .*must be set: .* leaf$/],
    [{ ...LEAF, IDUN_LEAF_NAME: undefined }, /^leaf\.name \(IDUN_LEAF_NAME\) must be set/],
    [{ IDUN_LEAF_NAME: 'ids' }, /^leaf\.name .*must not be set: worker\.lease is auto/],
    [{ ...LEAF, IDUN_LEAF_NAME: 'a/b' }, /^leaf\.name .*must be a name/],
    [{ ...LEAF, IDUN_SNOWFLAKE_LAYOUT: '42-9-12' }, /^snowflake\.layout .*must be 41-10-12/],
    [{ ...LEAF, IDUN_HTTP_PORT: '0' }, /^http\.port .*must not be 0/],
    [{ ...LEAF, IDUN_ADVERTISE_HOST: 'node-1' }, /^advertiseHost .*no dash/],
    [{ ...LEAF, IDUN_INSTANCE: 'a' }, /^worker\.instance .*must not be set/],
  ])('%j', (env, problem) => {
    expect(problems(env)).toEqual([expect.stringMatching(problem)]);
  });

  it.each<Record<string, string>>([
    { IDUN_HTTP_PORT: '0', IDUN_TCP_PORT: '0' },
    { IDUN_HTTP_PORT: '8090', IDUN_HTTP_HOST: '127.0.0.2' },
    { IDUN_SEGMENT_DEADLINE_MS: '701' },
    { IDUN_WORKER_LEASE: 'static', IDUN_WORKER_ID: '1023' },
    { IDUN_SNOWFLAKE_LAYOUT: '41-5-5-12', IDUN_DATACENTER_ID: '31' },
    { IDUN_SNOWFLAKE_EPOCH: String(NOW) },
    { IDUN_WORKER_LEASE: 'zookeeper', IDUN_ZOOKEEPER_CONNECT: '10.0.0.1:2181,zk-2.example:2181' },
    LEAF,
    { ...LEAF, IDUN_ADVERTISE_HOST: '::1', IDUN_SNOWFLAKE_EPOCH: '1500000000000' },
    { IDUN_ZOOKEEPER_CONNECT: 'localhost:2181', IDUN_ZOOKEEPER_ROOT: '/prod/idun' },
    { IDUN_NACOS_SERVERS: 'h1:8848,h2:8848', IDUN_NACOS_CLUSTER: 'east', IDUN_WEIGHT: '0.5' },
    { IDUN_NACOS_USERNAME: 'idun', IDUN_NACOS_PASSWORD: 'a pass, word' },
  ])('lets pass %j', (env) => {
    expect(problems(env)).toEqual([]);
  });

  it('are silent about a setting that is wrong by itself, and only about that one', () => {
    expect(
      problems({
        IDUN_SEGMENT_DEADLINE_MS: 'x',
        IDUN_SNOWFLAKE_LAYOUT: 'x',
        IDUN_WORKER_LEASE: 'static',
      }).map((problem) => problem.split(' ')[0]),
    ).toEqual(['segment.deadlineMs', 'snowflake.layout', 'worker.id']);
  });
});
