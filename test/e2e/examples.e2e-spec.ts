import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, inject, it, vi } from 'vitest';
import {
  databaseAt,
  freePort,
  startIdun,
  startNacos,
  type IdunServer,
  type NacosServer,
} from '../../libs/testing/src/servers/index.js';
import { codeBlocks } from '../markdown.js';
import { output, startProgram, type Program } from './program.fixture.js';

const root = join(import.meta.dirname, '../..');
const slow = { timeout: 60_000, interval: 50 };

let nacos: NacosServer;
/** In the zones z1 and z2, on one database. */
let own: IdunServer;
let other: IdunServer;
const servers: { stop(): Promise<void> }[] = [];
const programs: Program[] = [];

beforeAll(async () => {
  const mariadb = databaseAt(inject('mariadb'));
  const database = await mariadb.createDatabase();
  servers.push((nacos = await startNacos()));
  const env = {
    IDUN_DATABASE_URLS: mariadb.url(database),
    IDUN_NACOS_SERVERS: nacos.address,
    IDUN_ADVERTISE_HOST: '127.0.0.1',
  };
  servers.push((own = await startIdun({ env: { ...env, IDUN_ZONE: 'z1' } })));
  servers.push((other = await startIdun({ env: { ...env, IDUN_ZONE: 'z2' } })));
  await vi.waitFor(async () => expect(await nacos.instances('idun')).toHaveLength(2), slow);
  await mariadb.query(
    "INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('order', 1, 1000)",
    database,
  );
});
afterEach(() => Promise.all(programs.splice(0).map((program) => program.stop())));
afterAll(() => Promise.all(servers.map((server) => server.stop())));

const hostOf = ({ httpUrl }: IdunServer) => new URL(httpUrl).host;

interface Command {
  command: string;
  shown: string;
}

/** The commands of an example's README, with what it says that they print. */
function commandsOf(example: string): Command[] {
  const blocks = codeBlocks(join(root, 'examples', example, 'README.md'));
  return blocks
    .filter(({ language }) => language === 'console')
    .flatMap(({ code }) => code.split(/^\$ /m).slice(1))
    .map((text) => {
      const end = text.indexOf('\n');
      return { command: text.slice(0, end), shown: text.slice(end + 1) };
    });
}

function start(command: string, folder: string): Program {
  const program = startProgram(command, folder);
  programs.push(program);
  return program;
}

/** Numbers and names of leases differ from run to run. */
const shape = (text: string) => text.replace(/\d+/g, '#').trim();

it('plain-node prints ids of each kind', async () => {
  const { command, shown } = commandsOf('plain-node')[0]!;
  const addressed = command.replace('127.0.0.1:8080', hostOf(own));
  const printed = await output(addressed, join(root, 'examples/plain-node'));
  expect(shape(printed)).toBe(shape(shown));
});

it('nest-app gives each order an id, and gives back what it did not use', async () => {
  const folder = join(root, 'examples/nest-app');
  const [build, run, call] = commandsOf('nest-app') as [Command, Command, Command];
  const port = await freePort();
  const at = (command: string) =>
    command.replace('127.0.0.1:8080', hostOf(own)).replace('3000', String(port));
  await output(build.command, folder);
  const application = start(at(run.command), folder);
  const order = () => output(at(call.command), folder);
  await expect.poll(() => order().then(shape, () => ''), slow).toBe(shape(call.shown));

  const { id } = JSON.parse(await order()) as { id: string };
  application.signal('SIGTERM');
  await application.exited;
  expect(application.errors()).toBe('');
  const next = await fetch(`${own.httpUrl}/api/segment/lease/order?size=1`, { method: 'POST' });
  expect(await next.json()).toMatchObject({ start: String(BigInt(id) + 1n) });
});

interface Line {
  order?: string;
  payment?: string;
  worker?: number;
  ejected?: string;
  failed?: string;
}

it('order-service goes on in the other zone when the node of its own is killed', async () => {
  const { command } = commandsOf('order-service')[0]!;
  const service = start(
    command.replace('127.0.0.1:8848', nacos.address),
    join(root, 'examples/order-service'),
  );
  const lines = () => service.lines().map((line) => JSON.parse(line) as Line);
  const orders = () => lines().filter(({ order }) => order !== undefined);
  const [ownId, otherId] = await Promise.all([workerIdOf(own), workerIdOf(other)]);
  const ordersOf = (worker: number) => orders().filter((line) => line.worker === worker);
  const ENOUGH = 50;

  await expect.poll(() => orders().length, slow).toBeGreaterThan(ENOUGH);
  expect(ordersOf(otherId)).toEqual([]);
  own.signal('SIGKILL');
  await expect.poll(() => ordersOf(otherId).length, slow).toBeGreaterThan(ENOUGH);
  service.signal('SIGTERM');
  expect(await service.exited).toEqual({ code: 0, signal: null });

  expect(service.errors()).toBe('');
  expect(lines().filter(({ failed }) => failed !== undefined)).toEqual([]);
  expect(lines()).toContainEqual(expect.objectContaining({ ejected: hostOf(own) }));
  const workers = orders().map(({ worker }) => worker);
  expect(workers.lastIndexOf(ownId)).toBeLessThan(workers.indexOf(otherId));
  for (const ids of [orders().map(({ order }) => order), orders().map(({ payment }) => payment)]) {
    expect(new Set(ids).size).toBe(ids.length);
  }
});

async function workerIdOf({ httpUrl }: IdunServer): Promise<number> {
  const id = await (await fetch(`${httpUrl}/api/snowflake/get/test`)).text();
  const decoded = await fetch(`${httpUrl}/api/snowflake/decode/${id}`);
  return ((await decoded.json()) as { workerId: number }).workerId;
}
