import { setTimeout as sleep } from 'node:timers/promises';

import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import {
  FixtureController,
  RawPeer,
  clientOf,
  frame,
  startFixture,
  type Fixture,
} from './rpc.fixture.js';

const call = (fixture: Fixture, pattern: unknown, data: unknown = {}): Promise<unknown> =>
  lastValueFrom(fixture.client.send(pattern, data), { defaultValue: 'no value' });

describe('a Nest client', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture();
  });
  afterAll(async () => {
    await fixture.app.close();
  });

  it('gets values, promises and streams', async () => {
    expect(await call(fixture, 'echo', { a: ['你好', '🦊', '\u2028'] })).toEqual({
      a: ['你好', '🦊', '\u2028'],
    });
    expect(await call(fixture, 'later', 5)).toBe('after 5');
    expect(await call(fixture, 'one')).toBe('one');
    expect(await lastValueFrom(fixture.client.send('three', {}).pipe(toArray()))).toEqual([
      1, 2, 3,
    ]);
    expect(await call(fixture, 'nothing')).toBe('no value');
  });

  it('reaches an object pattern whatever the order of its members', async () => {
    expect(await call(fixture, { v: 1, cmd: 'sum' }, [1, 2, 3])).toBe(6);
  });

  it('rejects with code, sentence and whether to retry', async () => {
    await expect(call(fixture, 'refuse')).rejects.toEqual({
      code: 'KEY_NOT_FOUND',
      message: 'Create it first.',
      retryable: false,
    });
  });

  it.each(['bug', 'circle'])(
    'learns nothing of the inside from %s but a reference',
    async (pattern) => {
      const error: unknown = await call(fixture, pattern).catch((reason: unknown) => reason);
      const { reference } = fixture.logged.at(-1) ?? {};
      expect(error).toEqual({
        code: 'INTERNAL',
        message: expect.stringContaining(String(reference)),
        retryable: false,
      });
      expect(JSON.stringify(error)).not.toContain('secret');
    },
  );

  it('hears of an unknown pattern in the words of Nest', async () => {
    await expect(call(fixture, 'nope')).rejects.toBe(
      'There is no matching message handler defined in the remote service.',
    );
  });

  it('gets 1,000 answers to 1,000 calls at once, each its own', async () => {
    const numbers = Array.from({ length: 1_000 }, (_, i) => i);
    const answers = await Promise.all(numbers.map((i) => call(fixture, 'echo', i)));
    expect(answers).toEqual(numbers);
  });

  it('gets a reply of several megabytes', async () => {
    expect(await call(fixture, 'large', 5_000_000)).toHaveLength(5_000_000);
  });

  it('runs no handler with an event', async () => {
    const before = FixtureController.calls;
    await lastValueFrom(fixture.client.emit('echo', 1), { defaultValue: undefined });
    expect(await call(fixture, 'echo', 2)).toBe(2);
    expect(FixtureController.calls).toBe(before + 1);
  });
});

describe('a raw peer', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture({ incompleteFrameMs: 150 });
  });
  afterAll(async () => {
    await fixture.app.close();
  });

  it.each(['"a"', '7', '0', 'null', 'true', '{"a":[1]}', '"你\\n"'])(
    'gets its id %s back as it came',
    async (id) => {
      const peer = new RawPeer(fixture.port).sendText(
        frame(`{"pattern":"echo","data":1,"id":${id}}`),
      );
      await peer.waitFor('}');
      expect(peer.received).toBe(frame(`{"response":1,"isDisposed":true,"id":${id}}`));
      peer.socket.destroy();
    },
  );

  it.each([
    ['null', '4#null'],
    ['a list', '2#[]'],
    ['a number', '1#7'],
    ['a text', '6#"echo"'],
    ['nothing', '2#{}'],
    ['no JSON', '5#{"a":'],
    ['a space before the length', ' 2#{}'],
    ['an exponent', '10e3#'],
    ['junk in the length', ' 12abc#{}'],
    ['a length of 10 digits', '9999999999#'],
    ['a length over 1 MiB', '1048577#'],
    ['HTTP', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['TLS', Buffer.from([0x16, 3, 1, 0, 0xf4, 1, 0, 0, 0xf0])],
  ])('is dropped for %s, and nobody else is', async (_name, bytes) => {
    const other = new RawPeer(fixture.port);
    const peer = new RawPeer(fixture.port).sendText(bytes);
    await peer.closed;
    other.send({ pattern: 'echo', data: 'still here', id: 1 });
    await other.waitFor('still here');
    expect(peer.received).toBe('');
    other.socket.destroy();
  });

  it('is dropped for a frame that does not arrive in time, also byte by byte', async () => {
    const startedAt = performance.now();
    const peer = new RawPeer(fixture.port);
    const trickle = setInterval(() => peer.sendText('1'), 40);
    peer.sendText('1000000#');
    await peer.closed;
    clearInterval(trickle);
    expect(performance.now() - startedAt).toBeGreaterThan(140);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it('keeps its connection while it is idle between frames', async () => {
    const peer = new RawPeer(fixture.port).send({ pattern: 'echo', data: 'a', id: 1 });
    await peer.waitFor('"a"');
    await sleep(300);
    peer.send({ pattern: 'echo', data: 'b', id: 2 });
    await peer.waitFor('"b"');
    expect(peer.socket.destroyed).toBe(false);
    peer.socket.destroy();
  });

  it('is answered although it has closed its side', async () => {
    const peer = new RawPeer(fixture.port).send({ pattern: 'later', data: 50, id: 1 });
    peer.socket.end();
    await peer.closed;
    expect(peer.received).toContain('after 50');
  });

  it('cannot do harm with hostile patterns', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const peer = new RawPeer(fixture.port);
    const patterns = ['"__proto__"', '"constructor"', '{"__proto__":{"a":1}}', 'true', '[]', deep];
    peer.sendText(patterns.map((p, id) => frame(`{"pattern":${p},"id":${id}}`)).join(''));
    await peer.waitFor('"id":5');
    expect(peer.received.match(/no matching message handler/g)).toHaveLength(patterns.length);
    peer.socket.destroy();
  });

  it('fills the log with one line a second', async () => {
    await sleep(1_000);
    fixture.logged.length = 0;
    const peers = Array.from({ length: 20 }, () => new RawPeer(fixture.port).sendText('x'));
    await Promise.all(peers.map((peer) => peer.closed));
    expect(fixture.logged).toEqual([
      { remote: expect.any(String), reason: expect.any(String), suppressed: expect.any(Number) },
    ]);
  });
});

describe('a peer that does not read', () => {
  it('is not served beyond what may wait for it, and goes on where it left off', async () => {
    const fixture = await startFixture();
    FixtureController.calls = 0;
    const peer = new RawPeer(fixture.port);
    peer.socket.pause();
    const calls = Array.from({ length: 400 }, (_, id) => ({ pattern: 'large', data: 200_000, id }));
    peer.send(...calls);
    await sleep(500);
    expect(FixtureController.calls).toBeGreaterThan(0);
    expect(FixtureController.calls).toBeLessThanOrEqual(256);
    peer.socket.resume();
    await peer.waitFor('"id":399}');
    expect(peer.received.match(/isDisposed/g)).toHaveLength(400);
    peer.socket.destroy();
    await fixture.app.close();
  }, 30_000);

  it('is dropped when too much waits for it', async () => {
    const fixture = await startFixture({ maxUnsentBytes: 8_000_000 });
    const peer = new RawPeer(fixture.port);
    peer.socket.pause();
    peer.send(...Array.from({ length: 3 }, (_, id) => ({ pattern: 'large', data: 9_000_000, id })));
    while (fixture.logged.length === 0) await sleep(5);
    expect(fixture.logged[0]).toMatchObject({ reason: 'it does not read its replies' });
    peer.socket.destroy();
    await fixture.app.close();
  });
});

describe('drain', () => {
  let fixture: Fixture;
  afterEach(async () => {
    await fixture.app.close();
  });

  it('answers what is in flight, refuses what comes later, then closes', async () => {
    fixture = await startFixture();
    const idle = new RawPeer(fixture.port);
    let isAnswered = false;
    const slow = call(fixture, 'later', 1_500).finally(() => (isAnswered = true));
    await sleep(50);
    const startedAt = performance.now();
    const drained = fixture.server.drain(5_000);
    await expect(call(fixture, 'echo', 1)).rejects.toMatchObject({
      code: 'SHUTTING_DOWN',
      retryable: true,
    });
    await idle.closed;
    expect(isAnswered).toBe(false);
    expect(await slow).toBe('after 1500');
    await drained;
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(fixture.server.address()).toBeUndefined();
  });

  it('accepts nobody new', async () => {
    fixture = await startFixture();
    await fixture.server.drain(1_000);
    const late = clientOf(fixture.port);
    await expect(lastValueFrom(late.send('echo', 1))).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('gives up at its deadline', async () => {
    fixture = await startFixture();
    const peer = new RawPeer(fixture.port).send({ pattern: 'later', data: 20_000, id: 1 });
    await sleep(50);
    const startedAt = performance.now();
    await fixture.server.drain(200);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await peer.closed;
  });

  it('does not wait for a peer that never closes its side', async () => {
    fixture = await startFixture({ lingerMs: 100 });
    const peer = new RawPeer(fixture.port);
    peer.socket.allowHalfOpen = true;
    await sleep(50);
    const startedAt = performance.now();
    await fixture.server.drain(5_000);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    peer.socket.destroy();
  });

  it('may be asked twice, and be followed by a close', async () => {
    fixture = await startFixture();
    await Promise.all([fixture.server.drain(1_000), fixture.server.drain(1_000)]);
    await expect(fixture.server.close()).resolves.toBeUndefined();
  });
});
