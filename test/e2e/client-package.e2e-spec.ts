import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { freePort, temporaryFolder } from '../../libs/testing/src/servers/index.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
/** A project of a user: what is packed, the one dependency, and the types of Node. */
const project = temporaryFolder('consumer');
const modules = join(project, 'node_modules');
let packed: string[];

beforeAll(async () => {
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', project];
  const cwd = join(root, 'libs/client');
  const [tarball] = JSON.parse((await run('npm', pack, { cwd })).stdout) as [
    { filename: string; files: { path: string }[] },
  ];
  packed = tarball.files.map(({ path }) => path);
  mkdirSync(join(modules, '@opentelemetry'), { recursive: true });
  await run('tar', ['-xzf', join(project, tarball.filename), '-C', project]);
  symlinkSync(join(project, 'package'), join(modules, 'idun-client'));
  for (const name of ['@opentelemetry/api', '@types']) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
});

/** Resolves to what a program of that project prints. */
async function printedBy(code: string): Promise<string> {
  const args = ['--preserve-symlinks', '--input-type=module', '--eval', code];
  return (await run(process.execPath, args, { cwd: project, timeout: 60_000 })).stdout;
}

it('holds what was built, and the documents of the package', () => {
  const others = packed.filter(
    (path) => !/^dist\/(client|contracts)\/src\/.+\.(js|d\.ts)$/.test(path),
  );
  expect(others.toSorted()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
  expect(packed.filter((path) => /spec|fixture/.test(path))).toEqual([]);
  expect(packed).toContain('dist/client/src/index.js');
});

it('runs in plain Node without Nest, and says what is wrong', async () => {
  expect(readdirSync(modules).toSorted()).toEqual(['@opentelemetry', '@types', 'idun-client']);
  const printed = await printedBy(`
    import { createClient, IdunClient, NotReadyError } from 'idun-client';
    const client = createClient({ servers: ['127.0.0.1:${await freePort()}'], deadlineMs: 200 });
    console.log(client instanceof IdunClient);
    // Awaited with nothing else to do: the process has to live on until the deadline.
    const orders = client.segment('order');
    console.log(await orders.next().catch((error) => error instanceof NotReadyError));
    console.log(await client.snowflake.next().catch((error) => error.name));
    await client.close();
    try {
      createClient({ server: [] });
    } catch (error) {
      console.log(error.message);
    }
  `);
  expect(printed.split('\n')).toEqual([
    'true',
    'true',
    'TransportError',
    "createClient: There is no option server: is servers meant? Give one of 'servers' and 'nacos'.",
    '',
  ]);
});

it('has types for a program of its own', { timeout: 180_000 }, async () => {
  const program = `
    import { createClient, type IdunClient } from 'idun-client';
    const client: IdunClient = createClient({ servers: ['127.0.0.1:8080'], zone: 'z1' });
    export const id: bigint = await client.segment('order').next();
    export const text: string | undefined = client.segment('order', { as: 'string' }).tryNext();
    client.on('serverEjected', ({ server, forMs }) => void [server.host, forMs]);
    // @ts-expect-error -- a number is no string
    export const wrong: string = await client.segment('order', { as: 'number' }).next();`;
  writeFileSync(join(project, 'program.ts'), program);
  // The package's own types are checked too.
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext'];
  const args = [...options, '--moduleResolution', 'nodenext', '--types', 'node', 'program.ts'];
  const tsc = run(join(root, 'node_modules/.bin/tsc'), args, { cwd: project });
  expect(
    await tsc.then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    ),
  ).toBe('');
});
