import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';

import { LoadGate } from '../edge/load-gate.js';
import type { FastifyAdapterOptions } from './fastify-adapter.js';
import { consumed, exchange, startFixture, type Fixture } from './http.fixture.js';

const GET = '/api/segment/get';
const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

let fixture: Fixture | undefined;
const peers: Socket[] = [];

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.destroy();
  await fixture?.app.close();
  fixture = undefined;
});

async function start(options: Omit<FastifyAdapterOptions, 'log'> = {}): Promise<Fixture> {
  fixture = await startFixture(options);
  return fixture;
}

async function open({ port }: Fixture): Promise<Socket> {
  const peer = connect(port, '127.0.0.1');
  peer.on('error', () => undefined);
  peers.push(peer);
  await once(peer, 'connect');
  return peer;
}

function connections({ app }: Fixture): Promise<number> {
  const server = app.getHttpServer();
  return promisify((done: (error: Error | null, count: number) => void) =>
    server.getConnections(done),
  )();
}

it('closes connections beyond the ceiling at once, counts them, and goes on when one has left', async () => {
  let refused = 0;
  const edge = await start({ maxConnections: 2, onConnectionRefused: () => refused++ });
  const [first] = [await open(edge), await open(edge)];
  await expect.poll(() => connections(edge)).toBe(2);
  const third = await open(edge);
  await once(third.resume(), 'close');
  expect(refused).toBe(1);
  expect(edge.logged).toEqual([
    {
      message: 'Connection refused: there are too many',
      details: { remote: expect.stringMatching(/:\d+$/), maxConnections: 2, suppressed: 0 },
    },
  ]);
  first.destroy();
  await expect.poll(() => connections(edge)).toBe(1);
  expect((await fetch(`http://127.0.0.1:${edge.port}${GET}/a`)).status).toBe(200);
});

it('drops a peer that does not read its replies', async () => {
  const edge = await start({ stalledAfterMs: 300 });
  const peer = await open(edge);
  peer.pause().write(request('/large'));
  await expect
    .poll(() => edge.logged, { timeout: 10_000 })
    .toMatchObject([
      { message: 'Connection dropped', details: { reason: 'it does not read its replies' } },
    ]);
  await expect.poll(() => connections(edge)).toBe(0);
});

it('waits for a peer that reads slowly', async () => {
  const edge = await start({ stalledAfterMs: 1_000 });
  const peer = await open(edge);
  let received = 0;
  peer.on('data', (chunk: Buffer) => {
    received += chunk.length;
    peer.pause();
    setTimeout(() => peer.resume(), 4);
  });
  peer.write(request('/large'));
  await expect.poll(() => received, { timeout: 15_000 }).toBeGreaterThan(32 * 1_024 * 1_024);
  expect(edge.logged).toEqual([]);
});

it('answers 129 requests at once on a connection in their order, and drops one with more', async () => {
  const edge = await start();
  const closing = `GET ${GET}/last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
  const slow = request(`${GET}/slow`);
  const answers = await exchange(edge.port, slow + request(`${GET}/a`).repeat(127) + closing);
  expect(answers.match(/HTTP\/1\.1 200/g)).toHaveLength(129);
  consumed.count = 0;
  const tooMany = slow + request(`${GET}/a`).repeat(200) + closing;
  expect(await exchange(edge.port, tooMany).catch(() => '')).toBe('');
  expect(consumed.count).toBeLessThanOrEqual(129);
  expect(edge.logged).toMatchObject([
    { details: { reason: 'too many requests without an answer' } },
  ]);
});

it('refuses calls for ids under overload, before they are routed, and answers all else', async () => {
  const gate = new LoadGate({ maxInFlight: 1, maxLoopDelayMs: 0 });
  const edge = await start({ gate });
  const url = (path: string) => `http://127.0.0.1:${edge.port}${path}`;
  const inFlight = fetch(url(`${GET}/slow`));
  await expect.poll(() => gate.inFlight).toBe(1);
  consumed.count = 0;
  const refused = await fetch(url(`${GET}/a`));
  expect(refused.status).toBe(503);
  expect(refused.headers.get('content-type')).toBe('application/problem+json');
  expect(refused.headers.get('retry-after')).toBeNull();
  expect(await refused.json()).toMatchObject({ code: 'OVERLOADED', retryable: true });
  expect((await fetch(url('/api/segment/lease/a'), { method: 'POST' })).status).toBe(503);
  expect(consumed.count).toBe(0);
  expect(gate.shed).toBe(2);
  expect((await fetch(url('/api/keys/a'), { method: 'PUT' })).status).toBe(200);
  expect(await (await fetch(url('/health/ready'))).json()).toMatchObject({ status: 'error' });
  expect(await (await inFlight).text()).toBe('slow');
  await expect.poll(() => gate.inFlight).toBe(0);
  expect((await fetch(url(`${GET}/a`))).status).toBe(200);
});

it('forgets a call in flight whose caller has left', async () => {
  const gate = new LoadGate({ maxInFlight: 1, maxLoopDelayMs: 0 });
  const edge = await start({ gate });
  const peer = await open(edge);
  peer.write(request(`${GET}/slow`));
  await expect.poll(() => gate.inFlight).toBe(1);
  peer.destroy();
  await expect.poll(() => gate.inFlight).toBe(0);
});
