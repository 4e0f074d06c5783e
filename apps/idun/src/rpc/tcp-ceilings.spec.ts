import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom } from 'rxjs';
import { afterEach, expect, it } from 'vitest';

import { LoadGate } from '../edge/load-gate.js';
import type { IdunTcpServerOptions } from './idun-tcp-server.js';
import { FixtureController, RawPeer, startFixture, type Fixture } from './rpc.fixture.js';

let fixture: Fixture | undefined;
const peers: RawPeer[] = [];

afterEach(async () => {
  for (const { socket } of peers.splice(0)) socket.destroy();
  void fixture?.client.close();
  await fixture?.app.close();
  fixture = undefined;
});

async function start(options: Partial<IdunTcpServerOptions>): Promise<Fixture> {
  fixture = await startFixture({}, options);
  return fixture;
}

function open({ port }: Fixture): RawPeer {
  const peer = new RawPeer(port);
  peers.push(peer);
  return peer;
}

it('closes connections beyond the ceiling at once, counts them, and goes on when one has left', async () => {
  let refused = 0;
  const edge = await start({ maxConnections: 1, onConnectionRefused: () => refused++ });
  const first = open(edge).send({ pattern: 'echo', data: 1, id: 'a' });
  await first.waitFor('"a"');
  await open(edge).closed;
  expect(refused).toBe(1);
  expect(edge.logged).toMatchObject([{ maxConnections: 1, suppressed: 0 }]);
  first.socket.destroy();
  await first.closed;
  await expect
    .poll(async () => {
      const peer = open(edge).send({ pattern: 'echo', data: 1, id: 'b' });
      await Promise.race([once(peer.socket, 'data'), peer.closed]);
      return peer.received;
    })
    .toContain('"b"');
});

it('refuses calls under overload, and answers for its health', async () => {
  const gate = new LoadGate({ maxInFlight: 1, maxLoopDelayMs: 0 });
  const edge = await start({ gate });
  const peer = open(edge).send({ pattern: 'later', data: 200, id: 'slow' });
  await expect.poll(() => gate.inFlight).toBe(1);
  FixtureController.calls = 0;
  await expect(firstValueFrom(edge.client.send('echo', 1))).rejects.toEqual({
    code: 'OVERLOADED',
    message: expect.stringMatching(/ask another/),
    retryable: true,
  });
  expect(FixtureController.calls).toBe(0);
  expect(gate.shed).toBe(1);
  expect(await firstValueFrom(edge.client.send('health', {}))).toBe('well');
  await peer.waitFor('"slow"');
  expect(gate.inFlight).toBe(0);
  expect(await firstValueFrom(edge.client.send('echo', 1))).toBe(1);
});

it.each(['later', 'never'])('forgets a call of %s whose caller has left', async (pattern) => {
  const gate = new LoadGate({ maxInFlight: 5, maxLoopDelayMs: 0 });
  const edge = await start({ gate });
  const peer = open(edge).send({ pattern, data: 100, id: 1 });
  await expect.poll(() => gate.inFlight).toBe(1);
  // Not by its end: one that has only closed its side is still answered.
  peer.socket.resetAndDestroy();
  await expect.poll(() => gate.inFlight).toBe(0);
  await sleep(200);
  expect(gate.inFlight).toBe(0);
});
