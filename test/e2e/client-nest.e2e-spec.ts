import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startIdun,
  temporaryFolder,
  type IdunServer,
} from '../../libs/testing/src/servers/index.js';
import { findNest } from '../interop/client-proxy.fixture.js';
import { codeBlocks } from '../markdown.js';
import { untilReady } from './lease-clients.js';
import { output } from './program.fixture.js';

const root = join(import.meta.dirname, '../..');
const blocks = codeBlocks(join(root, 'libs/client/README.md'));

let idun: IdunServer;
beforeAll(async () => {
  idun = await startIdun();
  await untilReady(idun);
});
afterAll(() => idun?.stop());

/** A project of a user, with the package as it was built, beside the Nest in `nest`. */
function projectWith(nest: string): string {
  const project = temporaryFolder('nest-user');
  const modules = join(project, 'node_modules');
  const own = join(modules, 'idun-client');
  mkdirSync(own, { recursive: true });
  // Not a link: what it imports is looked up from where it really is.
  for (const part of ['package.json', 'dist']) {
    cpSync(join(root, 'libs/client', part), join(own, part), { recursive: true });
  }
  for (const name of ['@nestjs', 'reflect-metadata', 'rxjs']) {
    symlinkSync(join(nest, 'node_modules', name), join(modules, name));
  }
  symlinkSync(join(root, 'node_modules/@opentelemetry'), join(modules, '@opentelemetry'));
  return project;
}

describe.each([10, 12] as const)('with Nest %d', (major) => {
  let project: string;
  beforeAll(async () => void (project = projectWith(await findNest(major))));

  /** What an example of the README prints, with `more` behind it. */
  async function printedBy(example: 'nest' | 'proxy', more = ''): Promise<string[]> {
    const code = blocks.find(({ run }) => run === example)!.code + more;
    const addressed = code
      .replaceAll('127.0.0.1:8080', new URL(idun.httpUrl).host)
      .replaceAll('port: 8090', `port: ${idun.tcpPort}`);
    const options = {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    };
    const { outputText } = ts.transpileModule(addressed, { compilerOptions: options });
    writeFileSync(join(project, `${example}.mjs`), outputText);
    return (await output(`node ${example}.mjs`, project)).trim().split('\n');
  }

  it('the client is injected', async () => {
    const version = `
      import { readFileSync } from 'node:fs';
      console.log(JSON.parse(readFileSync('node_modules/@nestjs/core/package.json')).version);`;
    expect(await printedBy('nest', version)).toEqual([
      expect.stringMatching(/^\d+n$/),
      expect.stringMatching(`^${major}\\.`),
    ]);
  });

  it('a ClientProxy calls all nodes', async () => {
    const refused = `
      const other = ClientProxyFactory.create({
        customClass: IdunClientProxy,
        options: { servers: [{ host: '127.0.0.1', port: 8090 }] },
      });
      const print = (error) => console.log(JSON.stringify(error));
      await firstValueFrom(other.send('segment.get', { key: 'nobody' })).catch(print);
      await firstValueFrom(other.emit('segment.get', { key: 'default' })).catch(print);
      await other.close();`;
    const [id, ...errors] = await printedBy('proxy', refused);
    expect(id).toMatch(/^\d+$/);
    expect(errors.map((line) => JSON.parse(line) as unknown)).toEqual([
      { code: 'KEY_NOT_FOUND', message: expect.stringContaining('nobody'), retryable: false },
      expect.objectContaining({ code: 'REQUEST_INVALID' }),
    ]);
  });
});
