import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import { afterAll, expect, it } from 'vitest';
import { freePort } from '../../testing/src/servers/index.js';
import { openStore, STORE, StoreModule, type Store } from './index.js';

const log = { info: () => undefined, warn: () => undefined };
const folder = mkdtempSync(join(tmpdir(), 'idun-module-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(url: string) {
  const module = StoreModule.forRoot(await openStore(url, { log }));
  const app = await NestFactory.createApplicationContext(module, { logger: false });
  return { app, store: app.get<Store>(STORE) };
}

it('provides the store and its data sources', async () => {
  const { app, store } = await start(`sqlite:${join(folder, 'a.db')}`);
  await store.ready();
  expect(await store.segments.allocate('default', 5, 1_000)).toMatchObject({ start: 1n, end: 6n });
  for (const name of ['allocation', 'admin'] as const) {
    expect(app.get(getDataSourceToken(name))).toBe(store.dataSources[name]);
  }
  await store.close();
  await app.close();
  expect(store.dataSources.admin.isInitialized).toBe(false);
});

it('neither holds up nor fails the start of an application whose database is down', async () => {
  const began = performance.now();
  const { app, store } = await start(`mysql://a:b@127.0.0.1:${await freePort()}/idun`);
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(store.status().state).toBe('connecting');
  await expect(store.segments.ping(50)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await store.close();
  await app.close();
});
