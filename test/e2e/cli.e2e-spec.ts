import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from '../../apps/idun/src/cli/run.js';
import {
  freePort,
  startIdun,
  startZooKeeper,
  temporaryFolder,
  type IdunServer,
  type ZooKeeperServer,
} from '../../libs/testing/src/servers/index.js';
import { execute, idun, root, type Ended, type Env } from './cli-runner.js';
import { httpCaller, readyStatus } from './clients.js';

const folder = temporaryFolder('cli');
const nodes: IdunServer[] = [];
const SLOW = { timeout: 90_000, interval: 200 };

interface Report {
  workers: { workerId: number; state: string; lastHeartbeat: string; lastTimestamp: string }[];
}

/** With a cache of its own, and without the network. What npm itself has to say is left aside. */
const npx = (args: string, env: Env, cwd = root) => {
  const npm = { npm_config_cache: join(folder, 'npm'), npm_config_offline: 'true' };
  return execute('npx', ['idun', ...args.split(' ')], { ...env, ...npm }, cwd);
};

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let zookeeper: ZooKeeperServer;
beforeAll(async () => void (zookeeper = await startZooKeeper()));
afterAll(() => zookeeper.stop());

let folders = 0;
const newFolder = () => {
  const path = join(folder, String(++folders));
  mkdirSync(path);
  return path;
};
const sqlite = () => {
  const dataDir = newFolder();
  return { IDUN_DATA_DIR: dataDir, IDUN_DATABASE_URLS: `sqlite:${join(dataDir, 'idun.db')}` };
};
const settings = {
  SQLite: sqlite,
  ZooKeeper: () => ({
    ...sqlite(),
    IDUN_ZOOKEEPER_CONNECT: zookeeper.connectString,
    IDUN_ZOOKEEPER_ROOT: `/cli-${++folders}`,
  }),
};

async function startNode(env: Env, clockOffset?: string): Promise<IdunServer> {
  const node = await startIdun({ env, ...(clockOffset !== undefined && { clockOffset }) });
  nodes.push(node);
  return node;
}

const report = async (node: IdunServer) =>
  (await (await fetch(`${node.httpUrl}/api/workers`)).json()) as Report;
const get = (node: IdunServer) => httpCaller(node.httpUrl).get('snowflake', 'x');
const parsed = async (ended: Promise<Ended>): Promise<unknown> => {
  const { code, out, err } = await ended;
  expect({ code, err }).toMatchObject({ code: 0 });
  return JSON.parse(out);
};

describe.each(['SQLite', 'ZooKeeper'] as const)('worker ids in %s', (store) => {
  it('are listed as GET /api/workers has them, and also while no node runs', async () => {
    const env = settings[store]();
    const node = await startNode({ ...env, IDUN_ZONE: 'east' });
    await expect.poll(() => readyStatus(node), SLOW).toBe(200);
    const before = await report(node);
    const shown = (await parsed(idun('worker list --json', env))) as Report;
    const after = await report(node);
    // Renewals go on meanwhile, so it has the state at some moment between the two.
    const settled = ({ workers, ...counts }: Report) => ({
      ...counts,
      workers: workers.map((worker) => ({ ...worker, lastHeartbeat: '', reservedUntil: '' })),
    });
    expect(settled(shown)).toEqual(settled(before));
    const heartbeats = [before, shown, after].map(({ workers }) => workers[0]!.lastHeartbeat);
    expect(heartbeats).toEqual(heartbeats.toSorted());

    const text = await idun('worker list', env);
    expect(text).toMatchObject({ code: 0, err: '' });
    expect(text.out).toMatch(/^ID  STATE  INSTANCE .*\n 0  held   \S+:\d+ /);
    expect(text.out).toContain('\n\nWorker ids 0 to 1023: 1 held, 1023 free, 0 recyclable.\n');

    node.signal('SIGTERM');
    await node.exited;
    expect(await parsed(npx('worker list --json', env))).toMatchObject({
      free: 1_024,
      workers: [{ workerId: 0, state: 'free' }],
    });
  });

  it('are not reset while a node holds them', async () => {
    const env = settings[store]();
    const node = await startNode(env);
    await expect.poll(() => readyStatus(node), SLOW).toBe(200);
    const refused = await idun('worker reset 0', env);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(/^Worker id 0 is held by \S+: stop that node first\./);
    expect(await get(node)).toHaveProperty('ids');
    expect(await idun('audit', env)).toMatchObject({ code: 0, out: 'Nothing was ever changed.\n' });
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'are cured of a clock that ran wild, after %s',
    { timeout: 300_000 },
    async (signal) => {
      const env = { ...settings[store](), IDUN_WORKER_TTL_MS: '3000' };
      await poison(env, signal);
      const node = await startNode(env);
      const backwards = { code: 'CLOCK_BACKWARDS', retryable: true };
      await expect.poll(() => get(node), SLOW).toEqual(backwards);

      const args = 'worker reset 0 --actor alice@desk --reason clock-repaired --json';
      let ended: Ended | undefined;
      // Until the killed node's lease is over it counts as held.
      await expect.poll(async () => (ended = await idun(args, env)).code, SLOW).toBe(0);
      const { before, after } = JSON.parse(ended!.out) as Record<string, Record<string, string>>;
      expect(Date.parse(before!['lastTimestamp']!) - Date.now()).toBeGreaterThan(3_000_000);
      expect(Date.parse(after!['lastTimestamp']!)).toBeLessThan(Date.now() + 60_000);
      expect(after).toMatchObject({ released: true, reservedUntil: before!['reservedUntil'] });

      await expect.poll(() => get(node), SLOW).toHaveProperty('ids');
      const entry = { action: 'worker.reset', subject: '0', actor: 'alice@desk', before, after };
      expect(await parsed(idun('audit --json', env))).toEqual([
        { time: expect.stringMatching(/Z$/), reason: 'clock-repaired', ...entry },
      ]);
      expect((await idun('audit', env)).out).toMatch(/ {2}alice@desk {2}clock-repaired\n$/);

      const again = await idun('worker reset 0', env);
      expect(again).toMatchObject({ code: 1, out: '' });
      expect(again.err).toContain('Only its reservation is');
    },
  );
});

/** A node whose clock is an hour ahead gives ids, and ends. */
async function poison(env: Env, signal: NodeJS.Signals): Promise<void> {
  const wild = await startNode({ ...env, IDUN_CLOCK_MAX_AHEAD_MS: '7200000' }, '+1h');
  await expect.poll(() => get(wild), SLOW).toHaveProperty('ids');
  await expect
    .poll(async () => (await report(wild)).workers[0]?.lastTimestamp, SLOW)
    .toEqual(expect.any(String));
  wild.signal(signal);
  await wild.exited;
}

it('lowers a reservation only for somebody who means it, and says what is at risk', async () => {
  const env = settings.SQLite();
  await poison(env, 'SIGTERM');
  const told: string[] = [];
  const typed = (answer: string | undefined) => ({
    print: (text: string) => void told.push(text),
    tell: (text: string) => void told.push(text),
    ask: answer === undefined ? undefined : async () => answer,
    columns: undefined,
  });
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const args = ['worker', 'reset', '0', '--lower-reservation'];
  expect(await run(args, typed(undefined))).toBe(2);
  expect(told[0]).toMatch(/^DANGER: ids of worker id 0 .*\nand up to .* \((59|60) min\)/);
  expect(told[1]).toContain('give --yes');
  expect(await run(args, typed('1'))).toBe(1);
  expect(told.at(-1)).toBe('Not confirmed: nothing was changed.');
  expect(await run(['audit', '--json'], typed(undefined))).toBe(0);
  expect(told.at(-1)).toBe('[]');
  expect(await run(args, typed('0'))).toBe(0);
  expect(told.at(-1)).toMatch(
    /^Worker id 0, last of \S+, was reset\.\n {2}last timestamp {2}20\S+ -> /,
  );
  expect(await run([...args, '--yes'], typed(undefined))).toBe(1);
  expect(told.at(-1)).toContain('nothing to reset');
});

it.each([
  ['worker reset -1', 2, /Run it with --help/],
  ['worker reset 1024', 1, /outside of the range 0 to 1023/],
  ['worker reset 7', 1, /never registered/],
])('fails with a sentence: %s', async (args, exitCode, sentence) => {
  const { code, out, err } = await idun(args, settings.SQLite());
  expect({ code, out }).toEqual({ code: exitCode, out: '' });
  expect(err).toMatch(sentence);
});

it('says so where the store does not answer, or the configuration is wrong', async () => {
  const url = `mysql://idun:secret@127.0.0.1:${await freePort()}/idun`;
  const began = performance.now();
  const down = await idun('worker list', { ...sqlite(), IDUN_DATABASE_URLS: url });
  expect(performance.now() - began).toBeLessThan(60_000);
  expect(down).toMatchObject({ code: 1, out: '' });
  expect(down.err).toMatch(/^The store does not answer: try again\.\n {2}.*ECONNREFUSED/);
  expect(down.err).not.toContain('secret');
  const wrong = await idun('worker list', { ...sqlite(), IDUN_HTTP_PORT: 'x' });
  expect(wrong).toMatchObject({ code: 1, out: '' });
  expect(wrong.err).toContain('IDUN_HTTP_PORT');
});

it('builds itself where nothing is built, as after npm ci', { timeout: 300_000 }, async () => {
  const clone = newFolder();
  for (const name of ['apps', 'bin', 'config', 'libs', 'package.json', 'tsconfig.json']) {
    cpSync(join(root, name), join(clone, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  const listed = await npx('worker list', sqlite(), clone);
  expect(listed).toEqual({
    code: 0,
    out: 'Worker ids 0 to 1023: 0 held, 1024 free, 0 recyclable.\nNone was ever registered.\n',
    err: expect.any(String),
  });
  expect(existsSync(join(clone, 'dist/apps/idun/src/main.js'))).toBe(true);
  expect(readdirSync(clone).filter((name) => name.startsWith('.dist'))).toEqual([]);
});
