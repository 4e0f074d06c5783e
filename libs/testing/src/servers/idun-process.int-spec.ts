import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { startIdun, spawnIdun, temporaryFolder } from './index.js';

/** A stand-in for the service that tells its clocks, so that this spec needs no build. */
const entry = join(temporaryFolder('entry'), 'main.mjs');
writeFileSync(
  entry,
  `import { createServer } from 'node:http';
   if (process.env.BROKEN) { console.error('bad configuration'); process.exit(78); }
   const server = createServer((request, response) => {
     const begin = Date.now(), from = performance.now();
     setTimeout(() => response.end(JSON.stringify({
       now: Date.now(), wall: Date.now() - begin, monotonic: performance.now() - from,
       env: process.env.NODE_ENV ?? null, data: process.env.IDUN_DATA_DIR,
     })), 100);
   }).listen(0, '127.0.0.1', () => {
     const http = '127.0.0.1:' + server.address().port;
     console.log(JSON.stringify({ level: 30, event: 'listening', http: 'http://' + http, tcp: http }));
   });
   process.on('SIGTERM', () => process.exit(3));`,
);

interface Report {
  now: number;
  wall: number;
  monotonic: number;
  env: string | null;
  data: string;
}

const running: { stop(): Promise<void> }[] = [];
afterAll(() => Promise.all(running.map((idun) => idun.stop())));

async function report(url: string): Promise<Report> {
  return (await (await fetch(url)).json()) as Report;
}

it('waits for the listening line and tells both addresses', async () => {
  const idun = await startIdun({ entry });
  running.push(idun);
  expect(idun.httpUrl).toBe(`http://127.0.0.1:${idun.tcpPort}`);
  const { now, env, data } = await report(idun.httpUrl);
  expect(Math.abs(Date.now() - now)).toBeLessThan(1_000);
  expect(env).toBeNull();
  idun.signal('SIGTERM');
  expect(await idun.exited).toEqual({ code: 3, signal: null });
  await idun.stop();
  expect(existsSync(data)).toBe(false);
});

it('rejects with what the service printed when it ends early', async () => {
  await expect(startIdun({ entry, env: { BROKEN: '1' } })).rejects.toThrow(
    /ended with 78:\nbad configuration/,
  );
  const idun = spawnIdun({ entry, env: { BROKEN: '1' } });
  expect(await idun.exited).toEqual({ code: 78, signal: null });
});

it('shifts the wall clock, also while running, and leaves timers alone', async () => {
  const idun = await startIdun({ entry, clockOffset: '-10m' });
  running.push(idun);
  const first = await report(idun.httpUrl);
  expect(Math.abs(Date.now() - 600_000 - first.now)).toBeLessThan(1_000);
  expect(first.wall).toBeGreaterThanOrEqual(95);
  expect(first.wall).toBeLessThan(600);
  expect(first.monotonic).toBeGreaterThanOrEqual(95);
  expect(first.monotonic).toBeLessThan(600);

  const jumping = report(idun.httpUrl);
  await delay(50);
  idun.setClockOffset('-615s');
  const jumped = await jumping;
  expect(jumped.wall).toBeLessThan(-14_000);
  expect(jumped.monotonic).toBeGreaterThanOrEqual(95);
  expect(jumped.monotonic).toBeLessThan(600);
});
