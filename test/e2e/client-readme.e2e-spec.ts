import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  startIdun,
  startNacos,
  type IdunServer,
  type NacosServer,
} from '../../libs/testing/src/servers/index.js';
import { codeBlocks } from '../markdown.js';
import { untilReady } from './lease-clients.js';

const root = join(import.meta.dirname, '../..');
const blocks = codeBlocks(join(root, 'libs/client/README.md'));
const slow = { timeout: 30_000 };

let nacos: NacosServer;
let idun: IdunServer;

beforeAll(async () => {
  nacos = await startNacos();
  idun = await startIdun({
    env: { IDUN_NACOS_SERVERS: nacos.address, IDUN_ADVERTISE_HOST: '127.0.0.1', IDUN_ZONE: 'eu-1' },
  });
  await untilReady(idun);
});

afterAll(async () => {
  await idun?.stop();
  await nacos?.stop();
});

/** What follows a block as its output; nothing where none is shown. */
const shownAfter = (code: string) => {
  const next = blocks[blocks.findIndex((block) => block.code === code) + 1];
  return next?.language === 'text' ? next.code : '';
};

const codeOf = (run: string) => {
  const code = blocks.find((block) => block.run === run)?.code;
  if (code === undefined) throw new Error(`no example ${run}`);
  return code;
};

/** With the ports of this node; found as any user's program finds the package, from what was built. */
async function printedBy(code: string): Promise<string> {
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  const source = code
    .replaceAll('127.0.0.1:8080', new URL(idun.httpUrl).host)
    .replaceAll('127.0.0.1:8848', nacos.address)
    .replaceAll('port: 8090', `port: ${idun.tcpPort}`);
  const { outputText } = ts.transpileModule(source, { compilerOptions: options });
  const args = ['--input-type=module', '--eval', outputText];
  const env = { PATH: process.env['PATH'], NO_PROXY: '*' };
  const run = promisify(execFile)(process.execPath, args, { cwd: root, env, timeout: 60_000 });
  return (await run).stdout;
}

it('the first example prints what is shown', async () => {
  const code = codeOf('ts');
  expect(await printedBy(code)).toBe(shownAfter(code));
});

it('the snippets go on from there, and print what is shown', async () => {
  const begin = codeOf('ts').replace('await client.close();\n', '');
  const fragments = blocks.filter(({ run }) => run === 'fragment').map(({ code }) => code);
  expect(fragments.length).toBeGreaterThan(5);
  const mark = '-- the snippets\n';
  const code = [begin, `console.log(${JSON.stringify(mark.trim())});`, ...fragments];
  const printed = await printedBy([...code, 'await client.close();'].join('\n'));
  expect(printed.split(mark)[1]).toBe(fragments.map(shownAfter).join(''));
});

it('a node that cannot be reached does no harm', async () => {
  expect(await printedBy(codeOf('zones'))).toMatch(/^\d+n\n$/);
});

it('the node is found in Nacos', async () => {
  await expect.poll(() => nacos.instances('idun'), slow).toHaveLength(1);
  expect(await printedBy(codeOf('nacos'))).toMatch(/^\d+n\n$/);
});

it.each(['ts', 'zones', 'nacos'])(
  'a program that forgets to close ends all the same: %s',
  async (run) => {
    expect(await printedBy(codeOf(run).replace('await client.close();', ''))).toMatch(/^\d+n\n/);
  },
);

it('metrics are exported', async () => {
  const printed = await printedBy(codeOf('metrics'));
  expect(printed).toContain("name: 'idun.client.ids'");
  expect(printed).toContain("name: 'idun.client.leased.remaining'");
});

it('a client is closed at the end of its block', async () => {
  expect(await printedBy(codeOf('close'))).toBe('');
  // Nothing is lost: the next program goes on with the next id.
  expect(await printedBy(codeOf('zones'))).toMatch(/^\d+n\n$/);
});
