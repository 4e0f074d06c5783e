import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import {
  databaseAt,
  startIdun,
  temporaryFolder,
  type IdunServer,
} from '../../libs/testing/src/servers/index.js';
import { codeBlocks, type CodeBlock } from '../markdown.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const blocks = codeBlocks(join(root, 'README.md'));
const folder = temporaryFolder('readme');
const dataDir = join(folder, 'data');

let idun: IdunServer;

beforeAll(async () => {
  mkdirSync(dataDir);
  idun = await startIdun({ dataDir });
  await untilReady(idun);
});

afterAll(() => idun.stop());

const untilReady = (node: IdunServer) =>
  vi.waitFor(
    async () => {
      const { status } = await fetch(`${node.httpUrl}/health/ready`);
      if (status !== 200) throw new Error(`not ready: ${status}`);
    },
    { timeout: 15_000 },
  );

const marked = (mark: string) => blocks.filter((block) => block.run === mark);
const followerOf = (block: CodeBlock) => blocks[blocks.indexOf(block) + 1]?.code ?? '';

/** With this node's ports instead of the usual ones. */
const addressed = (code: string) =>
  code
    .replaceAll('http://127.0.0.1:8080', idun.httpUrl)
    .replaceAll('port: 8090', `port: ${idun.tcpPort}`);

/** Numbers and names of leases differ from run to run; everything else has to be as shown. */
const shape = (text: string) =>
  text
    .trim()
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'lease')
    .replace(/\d+/g, '#');

/** Columns are as wide as what is in them, and ages have one unit or another. */
const tableShape = (text: string) =>
  shape(text.replace(/\b(now|in \d+ \w+|\d+ \w+ ago)\b|(?<= )-(?=\s)/g, 'AGE')).replace(/ +/g, ' ');

/** In `folder`, where `data` is the node's; a proxy of the machine must not take part. */
async function output(program: string, args: readonly string[], cwd = folder): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_PROXY: '*' };
  return (await run(program, args, { cwd, env, timeout: 30_000 })).stdout;
}

/** `$ command` lines with what they print. */
function commandsOf({ code }: CodeBlock): { command: string; shown: string }[] {
  return code
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const end = text.indexOf('\n');
      return { command: text.slice(0, end), shown: text.slice(end + 1) };
    });
}

async function printedBy(block: CodeBlock): Promise<{ command: string; shown: string }[]> {
  const results = [];
  for (const { command } of commandsOf(block)) {
    const quiet = addressed(command).replace(/^curl /, 'curl --silent --show-error ');
    // oxlint-disable-next-line no-await-in-loop -- in the order in which the README has them
    results.push({ command, shown: shape(await output('bash', ['-c', quiet])) });
  }
  return results;
}

describe('the README', () => {
  it('shows what a start prints', () => {
    const shown = blocks.find(({ code }) => code.startsWith('$ npm ci && npm start'))?.code ?? '';
    const lines = idun.logs().trim().split('\n');
    const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages.length).toBeGreaterThan(3);
    for (const message of messages) expect(shape(shown)).toContain(shape(message));
  });

  it('has curl calls that work', async () => {
    const block = marked('shell')[0]!;
    const shown = commandsOf(block).map((each) => ({ ...each, shown: shape(each.shown) }));
    expect(shown.length).toBeGreaterThan(1);
    expect(await printedBy(block)).toEqual(shown);
  });

  it('has commands of the command line that work', async () => {
    const commands = marked('cli').flatMap(commandsOf);
    expect(commands.length).toBeGreaterThan(0);
    for (const { command, shown } of commands) {
      const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], IDUN_DATA_DIR: dataDir };
      // oxlint-disable-next-line no-await-in-loop -- in the order in which the README has them
      const { stdout } = await run('bash', ['-c', command], { cwd: root, env, timeout: 60_000 });
      expect(tableShape(stdout)).toBe(tableShape(shown));
    }
  });

  it.each([0, 1])('has TypeScript that works, example %d', async (index) => {
    const block = marked('ts')[index]!;
    const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
    const { outputText } = ts.transpileModule(addressed(block.code), { compilerOptions: options });
    // Packages are looked for from the working directory.
    const args = ['--input-type=module', '--eval', outputText];
    expect(shape(await output(process.execPath, args, root))).toBe(shape(followerOf(block)));
  });

  it('has Python that works', async () => {
    const block = marked('python')[0]!;
    const printed = await output('python3', ['-c', addressed(block.code)]);
    expect(shape(printed)).toBe(shape(followerOf(block)));
  });

  it('creates a database, an account of few rights and a key in MySQL', async () => {
    const mysql = databaseAt(inject('mysql'));
    const name = `r_${randomBytes(6).toString('hex')}`;
    const setUp = marked('sql').find(({ code }) => code.startsWith('CREATE DATABASE'))!;
    const createKey = marked('sql').find(({ code }) => code.startsWith('INSERT'))!;
    await mysql.query(setUp.code.replaceAll('idun', name));

    const env = { IDUN_DATABASE_URLS: mysql.url(name, name, 'secret') };
    const node = await startIdun({ env });
    try {
      await untilReady(node);
      const get = async () => (await fetch(`${node.httpUrl}/api/segment/get/order`)).text();
      expect(await get()).toContain('KEY_NOT_FOUND');
      await mysql.query(createKey.code, name);
      await expect.poll(get, { timeout: 1_000 }).toBe('1');
    } finally {
      await node.stop();
    }

    await mysql.query(`REVOKE CREATE, ALTER, DROP ON ${name}.* FROM '${name}'@'%'`);
    const later = await startIdun({ env });
    try {
      await untilReady(later);
      expect(await (await fetch(`${later.httpUrl}/api/segment/get/order`)).text()).toBe('1001');
    } finally {
      await later.stop();
    }
  });
});
