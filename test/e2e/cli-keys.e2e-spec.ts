import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  freePort,
  startIdun,
  temporaryFolder,
  type IdunServer,
} from '../../libs/testing/src/servers/index.js';
import { idun } from './cli-runner.js';
import { httpCaller } from './clients.js';
import { untilReady } from './lease-clients.js';

const dataDir = temporaryFolder('cli-keys');
const env = { IDUN_DATA_DIR: dataDir, IDUN_DATABASE_URLS: `sqlite:${join(dataDir, 'idun.db')}` };
let node: IdunServer;

// The commands come first, on a database that nobody has made yet.
beforeAll(async () => {
  const made = await idun('key create order --start 500 --step 10 --description orders', env);
  expect(made).toEqual({
    code: 0,
    out:
      'KEY    NEXT ID  STEP  RATE  STATE   DESCRIPTION\n' +
      'order      500    10     -  active  orders\n',
    err: '',
  });
  node = await startIdun({ env, dataDir });
  await untilReady(node);
});
afterAll(async () => {
  await node?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const get = () => httpCaller(node.httpUrl).get('segment', 'order');
const json = async (args: string): Promise<unknown> => {
  const { code, out, err } = await idun(`${args} --json`, env);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
};

it('makes a key from which nodes give ids, and shows it as the route does', async () => {
  expect(await get()).toEqual({ ids: '500' });
  const shown = (await json('key show order')) as object;
  const route = await (await fetch(`${node.httpUrl}/api/keys/order`)).json();
  expect(route).toEqual({ ...shown, buffered: 9 });
  expect(await json('key list')).toMatchObject({ keys: [{ key: 'default' }, { key: 'order' }] });
  const { out } = await idun('key list', env);
  expect(out).toMatch(/^KEY .*\ndefault +1 +1000 +- +active +made by idun\norder .* orders\n$/);
});

it('suspends and resumes it on a node that runs', async () => {
  expect(await json('key suspend order')).toMatchObject({ key: 'order', suspended: true });
  await expect.poll(get, { timeout: 1_000 }).toMatchObject({ code: 'KEY_SUSPENDED' });
  await json('key resume order');
  await expect.poll(get, { timeout: 1_000 }).toHaveProperty('ids');
});

it('sets what is named, and takes away what is to go', async () => {
  const set = await json('key set order --step 50 --rate 7');
  expect(set).toMatchObject({ step: 50, ratePerSecond: 7, description: 'orders' });
  await json('key set order --no-rate --no-description');
  expect(await json('key show order')).toMatchObject({
    step: 50,
    ratePerSecond: null,
    description: null,
  });
});

it('moves it forward, never back', async () => {
  expect(await json('key advance order --to 10000')).toMatchObject({ maxId: '10000' });
  expect(await json('key advance order --by 5')).toMatchObject({ maxId: '10005' });
  const back = await idun('key advance order --to 9', env);
  expect(back).toEqual({
    code: 1,
    out: '',
    err: "Key 'order' stands at 10005 and only moves forward: advance it to a higher id.\n",
  });
});

it('deletes it once it is suspended, and leaves an audit of everything', async () => {
  const early = await idun('key delete order', env);
  expect(early).toMatchObject({ code: 1, out: '' });
  expect(early.err).toContain("Key 'order' still gives ids");
  await json('key suspend order');
  const deleted = await idun('key delete order --actor alice@desk --reason unused', env);
  expect(deleted).toEqual({ code: 0, out: "Key 'order' is deleted.\n", err: '' });
  expect(await idun('key show order', env)).toMatchObject({ code: 1, out: '' });
  expect(await json('key create order')).toMatchObject({ maxId: '10005' });
  const [created, gone] = (await json('audit')) as object[];
  expect(created).toMatchObject({
    action: 'key.create',
    subject: 'order',
    after: { maxId: '10005' },
  });
  expect(gone).toMatchObject({
    action: 'key.delete',
    actor: 'alice@desk',
    reason: 'unused',
    before: { maxId: '10005', suspended: true },
    after: {},
  });
});

it.each([
  ['key set order', /There is nothing to set/],
  ['key advance order', /Give either --to or --by/],
  ['key advance order --to 5 --by 5', /Give either --to or --by/],
  ['key show', /--help/],
])('tells of the wrong usage: %s', async (args, sentence) => {
  const { code, out, err } = await idun(args, env);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(sentence);
});

it('says so where the store does not answer', async () => {
  const url = `mysql://idun:secret@127.0.0.1:${await freePort()}/idun`;
  const { code, err } = await idun('key list', { ...env, IDUN_DATABASE_URLS: url });
  expect(code).toBe(1);
  expect(err).toMatch(/^The store does not answer: try again\.\n {2}.*ECONNREFUSED/);
});
