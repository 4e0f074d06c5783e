import { fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { installService, temporaryFolder } from '../../libs/testing/src/servers/index.js';

/** A reply, what the server threw, or the message of an error of Nest's own. */
export type Outcome = { value: unknown } | { error: unknown } | { failure: string };

/** A plain `ClientProxy` in a process of its own. */
export interface PlainProxy {
  /** Of its `@nestjs/microservices`. */
  readonly version: string;
  send(pattern: string, data: unknown): Promise<Outcome>;
  emit(pattern: string, data: unknown): Promise<Outcome>;
  stop(): Promise<void>;
}

/** The folder that has the `node_modules` with this major version of Nest. */
export async function findNest(major: 10 | 12): Promise<string> {
  return major === 10 ? installService('nest10.sh') : join(import.meta.dirname, '../..');
}

/** `nest` is what `findNest` gave. */
export function startPlainProxy(nest: string, port: number): PlainProxy {
  const folder = temporaryFolder('proxy');
  const script = join(folder, 'client-proxy.mjs');
  // Imports are looked up from where the file itself is.
  copyFileSync(join(import.meta.dirname, 'client-proxy.mjs'), script);
  symlinkSync(join(nest, 'node_modules'), join(folder, 'node_modules'));
  // It ends by itself once this process is gone.
  const child = fork(script, [String(port)], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    execArgv: [],
  });
  const waiting = new Map<number, (outcome: Outcome) => void>();
  let calls = 0;
  child.on('message', ({ id, outcome }: { id: number; outcome: Outcome }) => {
    waiting.get(id)?.(outcome);
    waiting.delete(id);
  });
  const exited = once(child, 'exit').then(([code]) => {
    for (const settle of waiting.values()) settle({ failure: `the caller ended with ${code}` });
  });
  const call = (kind: 'send' | 'emit', pattern: string, data: unknown) =>
    new Promise<Outcome>((resolve) => {
      const id = ++calls;
      waiting.set(id, resolve);
      child.send({ id, kind, pattern, data });
    });
  return {
    version: versionIn(folder),
    send: (pattern, data) => call('send', pattern, data),
    emit: (pattern, data) => call('emit', pattern, data),
    async stop() {
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

function versionIn(folder: string): string {
  const manifest = readFileSync(join(folder, 'node_modules/@nestjs/microservices/package.json'));
  return (JSON.parse(manifest.toString()) as { version: string }).version;
}
