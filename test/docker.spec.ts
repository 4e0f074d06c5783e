import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig, type Config } from '../apps/idun/src/config/index.js';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** [instruction, rest] of each line of the Dockerfile, continued lines joined, comments left out. */
const instructions = read('docker/Dockerfile')
  .replace(/^\s*#.*\n/gm, '')
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line): [string, string] => {
    const [name = '', ...rest] = line.split(' ');
    return [name, rest.join(' ')];
  });
const lastStage = instructions.slice(instructions.findLastIndex(([name]) => name === 'FROM'));
const inLastStage = (wanted: string) =>
  lastStage.filter(([name]) => name === wanted).map(([, rest]) => rest);
const only = (wanted: string) => inLastStage(wanted).at(-1) ?? '';
const imageEnv = Object.fromEntries(
  inLastStage('ENV').flatMap((rest) => rest.split(/\s+/).map((pair) => pair.split('='))),
) as Record<string, string>;

describe('docker/Dockerfile', () => {
  it('names its base image with a tag, and no latest', () => {
    const images = instructions.flatMap(([name, rest]) => (name === 'ARG' ? [rest] : []));
    expect(images).toEqual([expect.stringMatching(/^NODE_IMAGE=node:\d+[\w.-]*-slim$/)]);
    const froms = instructions.flatMap(([name, rest]) => (name === 'FROM' ? [rest] : []));
    expect(froms.every((rest) => rest.startsWith('${NODE_IMAGE}'))).toBe(true);
  });

  it('copies only what exists and is let into the build', () => {
    const ignore = read('docker/Dockerfile.dockerignore').split('\n');
    const sources = instructions
      .filter(([name, rest]) => name === 'COPY' && !rest.startsWith('--from'))
      .flatMap(([, rest]) => rest.split(' ').slice(0, -1));
    expect(sources).toEqual(expect.arrayContaining(['apps', 'libs', 'config', 'package.json']));
    for (const source of sources) {
      expect([source, existsSync(join(root, source))]).toEqual([source, true]);
      expect(ignore).toContain(`!${source.split('/')[0]}`);
    }
  });

  it('installs the production dependencies alone', () => {
    const from = instructions.findIndex(([, rest]) => rest.endsWith(' AS dependencies'));
    expect(instructions.slice(from).find(([name]) => name === 'RUN')?.[1]).toMatch(
      /^npm ci --omit=dev/,
    );
    expect(inLastStage('COPY')).toContain('--from=dependencies /app/node_modules node_modules');
  });

  it('runs what npm start runs, directly, as a user that is not root', () => {
    const manifest = z.object({ scripts: z.object({ start: z.string() }) });
    const { start } = manifest.parse(JSON.parse(read('package.json'))).scripts;
    expect(JSON.parse(only('CMD'))).toEqual(start.split(' '));
    expect(only('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(only('STOPSIGNAL')).toBe('SIGTERM');
  });

  it('has the command line, where npx is not needed', () => {
    const manifest = z.object({ bin: z.object({ idun: z.string() }) });
    const { idun } = manifest.parse(JSON.parse(read('package.json'))).bin;
    const [folder] = idun.split('/');
    expect(inLastStage('COPY')).toContain(`${folder} ${folder}`);
  });

  it('is healthy only while ids can be given', () => {
    const [, test = ''] = only('HEALTHCHECK').split(' CMD ');
    expect(z.array(z.string()).parse(JSON.parse(test))).toEqual([
      'node',
      '-e',
      expect.stringContaining('/health/ready'),
    ]);
  });

  it('configures the service validly: reachable, data in the volume, ports exposed', () => {
    const config = loadConfig({ env: imageEnv });
    expect([config.http.host, config.tcp.host]).toEqual(['0.0.0.0', '0.0.0.0']);
    expect(config.dataDir).toBe(only('VOLUME'));
    expect(config.databaseUrls).toEqual(['sqlite:/app/data/idun.db']);
    expect(`${only('WORKDIR')}/data`).toBe(only('VOLUME'));
    expect(only('EXPOSE')).toBe(`${config.http.port} ${config.tcp.port}`);
  });
});

const serviceSchema = z.object({
  image: z.string(),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  healthcheck: z.object({ test: z.array(z.string()).min(2) }).optional(),
  stop_grace_period: z.string().optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
});
const composeSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.null()),
});

describe('docker/compose.yaml', () => {
  const withDefaults = read('docker/compose.yaml').replace(/\$\{\w+:-([^}]*)\}/g, '$1');
  const { services, volumes } = composeSchema.parse(parse(withDefaults, { merge: true }));
  const all = Object.entries(services);
  const nodes = all.flatMap(([, service]) => (service.build ? [service] : []));
  const configs = nodes.map((node): Config =>
    loadConfig({ env: { ...imageEnv, ...node.environment } }),
  );

  it('has two nodes that use all the other services: one database, one ensemble, one registry', () => {
    expect(Object.keys(services)).toEqual(['idun-1', 'idun-2', 'mysql', 'zookeeper', 'nacos']);
    expect(configs).toHaveLength(2);
    for (const { zookeeper, nacos } of configs) {
      expect([zookeeper.connect, nacos.servers]).toEqual(['zookeeper:2181', 'nacos:8848']);
    }
    expect(configs[0]?.databaseUrls).toEqual(configs[1]?.databaseUrls);
    expect(configs[0]?.databaseUrls[0]).toMatch(/^mysql:\/\/idun:.*@mysql:3306\/idun$/);
    expect(new Set(configs.map(({ worker }) => worker.instance)).size).toBe(2);
  });

  it('builds the nodes by the Dockerfile and lets them drain', () => {
    for (const [index, node] of nodes.entries()) {
      expect(existsSync(join(root, 'docker', node.build?.context ?? '', 'docker/Dockerfile'))).toBe(
        true,
      );
      expect(node.build?.dockerfile).toBe('docker/Dockerfile');
      const graceMs = 1_000 * Number.parseInt(node.stop_grace_period ?? '0', 10);
      expect(graceMs).toBeGreaterThan(configs[index]?.shutdownMs ?? Infinity);
    }
  });

  it('waits for health, of services that have a check', () => {
    const waits = all.flatMap(([, service]) => Object.entries(service.depends_on ?? {}));
    expect(waits).toHaveLength(2);
    for (const [name, { condition }] of waits) {
      expect(condition).toBe('service_healthy');
      expect(services[name]?.healthcheck).toBeDefined();
    }
  });

  it('has images with tags, ports of this machine alone, each once, and declared volumes', () => {
    const ports = all.flatMap(([, { ports: each }]) => each ?? []);
    expect(ports.every((port) => /^127\.0\.0\.1:\d+:\d+$/.test(port))).toBe(true);
    expect(new Set(ports.map((port) => port.split(':')[1])).size).toBe(ports.length);
    for (const [, service] of all) {
      expect(service.image).toMatch(/:(?!latest)[\w.-]+$/);
      for (const volume of service.volumes ?? []) {
        expect(Object.keys(volumes)).toContain(volume.split(':')[0]);
      }
    }
  });
});
