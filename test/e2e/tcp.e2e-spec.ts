import { once } from 'node:events';
import { connect } from 'node:net';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIdun, type IdunServer } from '../../libs/testing/src/servers/index.js';
import { plainClientProxy } from './clients.js';

let idun: IdunServer;

beforeAll(async () => {
  idun = await startIdun();
});

afterAll(() => idun.stop());

const nextId = async () =>
  BigInt(await (await fetch(`${idun.httpUrl}/api/segment/get/default`)).text());

/** Sends bytes as they are; resolves with what came back once the server closed the connection. */
async function rawExchange(bytes: string): Promise<string> {
  const socket = connect(idun.tcpPort, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.write(bytes);
  await once(socket, 'close');
  return received;
}

describe('a plain Nest ClientProxy', () => {
  it("gets ids, health and the contract's errors", async () => {
    const proxy = plainClientProxy(idun.tcpPort);
    const send = (pattern: string, data: unknown) =>
      firstValueFrom(proxy.send<unknown>(pattern, data));
    expect(await send('segment.get', { key: 'default' })).toMatch(/^\d+$/);
    expect(await send('snowflake.get', { key: 'x', count: 3 })).toHaveLength(3);
    expect(await send('health', {})).toMatchObject({ status: 'ok' });
    await expect(send('segment.get', { key: 'nobody' })).rejects.toEqual({
      code: 'KEY_NOT_FOUND',
      message: expect.stringContaining('nobody'),
      retryable: false,
    });
    for (const data of ['text', 7, []]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await expect(send('segment.get', data)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    }
    for (const data of [{}, { key: 7 }, { key: null }]) {
      // oxlint-disable-next-line no-await-in-loop
      await expect(send('segment.get', data)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    }
    for (const count of ['5', null, 0.5, 1e9]) {
      // oxlint-disable-next-line no-await-in-loop
      await expect(send('segment.get', { key: 'default', count })).rejects.toMatchObject({
        code: 'COUNT_INVALID',
      });
    }
    await expect(send('no.such.pattern', {})).rejects.toMatch(/no matching message handler/);
    proxy.close();
  });

  it('consumes nothing with an event', async () => {
    const proxy = plainClientProxy(idun.tcpPort);
    const before = await nextId();
    await firstValueFrom(proxy.emit('segment.get', { key: 'default' }), {
      defaultValue: undefined,
    });
    await firstValueFrom(proxy.send('health', {}));
    expect(await nextId()).toBe(before + 1n);
    proxy.close();
  });
});

describe('a broken frame closes its connection only', () => {
  it.each([
    ['no object', '4#null'],
    ['no pattern', '2#{}'],
    ['white space in the length', ' 12abc#'],
    ['an exponent in the length', '10e3#'],
    ['too great a length', '9999999999#'],
    ['no JSON', '3#abc'],
  ])('%s', async (_name, bytes) => {
    const proxy = plainClientProxy(idun.tcpPort);
    await proxy.connect();
    expect(await rawExchange(bytes)).toBe('');
    expect(await firstValueFrom(proxy.send('segment.get', { key: 'default' }))).toMatch(/^\d+$/);
    proxy.close();
  });

  it('one that never ends, after five seconds', async () => {
    const begin = performance.now();
    await rawExchange('100#{"pattern"');
    expect(performance.now() - begin).toBeGreaterThan(4_000);
    expect(performance.now() - begin).toBeLessThan(8_000);
  });
});
