import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTcpProxy, type TcpProxy } from './index.js';

let echo: Server;
let proxy: TcpProxy;
const opened: Socket[] = [];

beforeEach(async () => {
  echo = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  proxy = await startTcpProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
});

afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy();
  await proxy.stop();
  echo.close();
});

async function dial(): Promise<Socket> {
  const socket = connect(proxy);
  opened.push(socket);
  await once(socket, 'connect');
  return socket;
}

async function ask(socket: Socket, text: string): Promise<string> {
  const answer = once(socket, 'data').then(([data]) => String(data));
  socket.write(text);
  return Promise.race([answer, delay(150, 'silence')]);
}

it('passes bytes both ways', async () => {
  expect(await ask(await dial(), 'a')).toBe('a');
});

it('keeps what was sent during a pause and delivers it afterwards', async () => {
  const socket = await dial();
  await ask(socket, 'a');
  proxy.pause();
  expect(await ask(socket, 'b')).toBe('silence');
  const late = once(socket, 'data');
  proxy.resume();
  expect(String((await late)[0])).toBe('b');
});

it('delays what is sent, and keeps it in order when the delay ends', async () => {
  const socket = await dial();
  await ask(socket, 'a');
  proxy.delay(300);
  socket.write('b');
  expect(await ask(socket, 'c')).toBe('silence');
  proxy.resume();
  let answer = '';
  socket.on('data', (data) => void (answer += String(data)));
  socket.write('d');
  await expect.poll(() => answer, { timeout: 5_000 }).toBe('bcd');
});

it('swallows bytes, and only new connections work again', async () => {
  const socket = await dial();
  proxy.blackhole();
  expect(await ask(socket, 'a')).toBe('silence');
  const during = await dial();
  expect(await ask(during, 'b')).toBe('silence');
  proxy.resume();
  expect(await ask(socket, 'c')).toBe('silence');
  expect(socket.destroyed).toBe(false);
  expect(await ask(await dial(), 'd')).toBe('d');
});

it('resets connections, new ones too until resumed', async () => {
  const socket = await dial();
  await ask(socket, 'a');
  const failure = once(socket, 'error');
  proxy.cut();
  expect((await failure)[0]).toMatchObject({ code: 'ECONNRESET' });
  const refused = connect(proxy);
  expect((await once(refused, 'error'))[0]).toMatchObject({ code: 'ECONNRESET' });
  proxy.resume();
  expect(await ask(await dial(), 'b')).toBe('b');
  expect(proxy.connections()).toBe(1);
});
