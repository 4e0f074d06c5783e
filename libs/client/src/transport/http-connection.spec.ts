import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TransportError } from '../errors.js';
import type { Connection } from './connection.port.js';
import { httpResponse } from './fake-http.fixture.js';
import { patience, rejectionOf, startFake, type FakeServer } from './fake-server.fixture.js';
import { connectHttp } from './http-connection.js';

const never = () => new AbortController().signal;

let fake: FakeServer;
let connection: Connection;

beforeEach(async () => {
  fake = await startFake('http');
  connection = connectHttp()(fake.server);
});

afterEach(async () => {
  await connection.close();
  await fake.stop();
});

const getOne = (signal = never()) => connection.call('segment.get', { key: 'k' }, signal);
const says = (bytes: string) => void (fake.answer = () => ({ bytes }));

describe('a connection over HTTP', () => {
  it.each(['..', '.', 'a/../b', '%2F', 'ü'])('encodes the key %s once and no more', async (key) => {
    says(httpResponse('200 OK', 'x: y', '5'));
    await connection.call('segment.get', { key, count: undefined }, never());
    expect(fake.asked[0]?.head?.split('\r\n')[0]).toBe(
      `GET /api/segment/get/${encodeURIComponent(key)} HTTP/1.1`,
    );
  });

  it.each([
    ['a page', '200 OK', 'content-type: text/html', '<html>7</html>'],
    ['an empty page', '200 OK', 'x: y', ''],
    ['an id with a line break', '200 OK', 'x: y', '7\n'],
    ['nothing', '204 No Content', 'x: y', ''],
    ['an id with another status', '201 Created', 'x: y', '7'],
    ['a redirect', '302 Found', 'location: /api/segment/get/other', '7'],
    ['a page of a proxy', '502 Bad Gateway', 'content-type: text/html', '<h1>502</h1>'],
    ['an error of something else', '404 Not Found', 'x: y', '{"error":"no such page"}'],
    ['half a problem', '404 Not Found', 'x: y', '{"code":"KEY_NOT_FOUND"}'],
    ['a change of protocols', '101 Switching Protocols', 'upgrade: x\r\nconnection: upgrade', ''],
  ])('takes %s for no answer of idun', async (_name, status, headers, body) => {
    says(httpResponse(status, headers, body));
    await expect(getOne()).rejects.toBeInstanceOf(TransportError);
  });

  it('takes no answer whose length is not told: it may be a part', async () => {
    fake.answer = (_asked, socket) => {
      socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n123');
      return 'silence';
    };
    await expect(getOne()).rejects.toThrow('how long');
  });

  it('reads an answer in chunks, and none that ends early', async () => {
    const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
    says(`${head}2\r\n12\r\n1\r\n3\r\n0\r\n\r\n`);
    expect(await getOne()).toBe('123');
    fake.answer = (_asked, socket) => {
      socket.end(`${head}2\r\n12\r\n`);
      return 'silence';
    };
    await expect(getOne()).rejects.toBeInstanceOf(TransportError);
  });

  it('ends an answer that is too long', async () => {
    fake.answer = (_asked, socket) => {
      const pour = () => {
        while (!socket.destroyed && socket.write('9'.repeat(60_000)));
        socket.once('drain', pour);
      };
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n');
      pour();
      return 'silence';
    };
    await expect(getOne()).rejects.toThrow('more than 4194304 bytes');
    await expect.poll(() => fake.sockets.size, patience).toBe(0);
  });

  it.each([
    ['2', 2_000],
    ['0', 0],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    ['-1', undefined],
  ])('understands a Retry-After of %s', async (retryAfter, retryAfterMs) => {
    const refused = { code: 'STORE_UNAVAILABLE', text: 'x', retryable: true, retryAfter };
    fake.answer = () => ({ refused });
    await expect(getOne()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryAfterMs });
  });

  it('keeps its socket between calls, and drops it before the server would', async () => {
    connection = connectHttp({ idleMs: 100 })(fake.server);
    says(httpResponse('200 OK', 'x: y', '5'));
    await getOne();
    await getOne();
    expect(fake.accepted).toBe(1);
    await expect.poll(() => fake.sockets.size, patience).toBe(0);
    await getOne();
    expect(fake.accepted).toBe(2);
  });

  it('asks a server that says it closes for no more over that socket', async () => {
    says(httpResponse('200 OK', 'connection: close', '5'));
    await getOne();
    await getOne();
    expect(fake.accepted).toBe(2);
  });

  it('opens no more sockets than it may, and lets so many calls wait', async () => {
    connection = connectHttp({ maxSockets: 3, maxWaiting: 5 })(fake.server);
    const outcomes = Array.from({ length: 9 }, () => getOne());
    await expect(outcomes[8]).rejects.toMatchObject({ code: 'OVERLOADED' });
    await expect.poll(() => fake.asked.length, patience).toBe(3);
    says(httpResponse('200 OK', 'x: y', '5'));
    for (const socket of fake.sockets) socket.write(httpResponse('200 OK', 'x: y', '4'));
    expect(await Promise.all(outcomes.slice(0, 8))).toEqual(['4', '4', '4', ...Array(5).fill('5')]);
    expect(fake.accepted).toBe(3);
  });

  it('ends the socket of a call that was aborted: its answer would go to another', async () => {
    const controller = new AbortController();
    const outcome = rejectionOf(getOne(controller.signal));
    await expect.poll(() => fake.asked.length, patience).toBe(1);
    controller.abort(new Error('enough'));
    expect(await outcome).toMatchObject({ message: 'enough' });
    await expect.poll(() => fake.sockets.size, patience).toBe(0);
  });
});
