import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../../testing/src/fake-clock.js';
import { TransportError } from '../errors.js';
import type { Connection } from './connection.port.js';
import { patience, rejectionOf, startFake, type FakeServer } from './fake-server.fixture.js';
import { tcpFrame } from './fake-tcp.fixture.js';
import { connectTcp } from './tcp-connection.js';

const never = () => new AbortController().signal;

let fake: FakeServer;
let connection: Connection;
let clock: FakeClock;

beforeEach(async () => {
  fake = await startFake('tcp');
  clock = new FakeClock();
  connection = connectTcp({ clock })(fake.server);
});

afterEach(async () => {
  await connection.close();
  await fake.stop();
});

const getOne = (signal = never(), key = 'k') => connection.call('segment.get', { key }, signal);
const gives = (value: unknown) => void (fake.answer = () => ({ value }));
const says = (...packets: unknown[]) =>
  void (fake.answer = () => ({ bytes: packets.map(tcpFrame).join('') }));
async function asked(count: number): Promise<void> {
  await expect.poll(() => fake.asked.length, patience).toBe(count);
}

describe('a connection over TCP', () => {
  it('opens one connection when it is needed, and sends the calls of a turn in one piece', async () => {
    const pieces: number[] = [];
    fake.answer = ({ request }, socket) => {
      if (pieces.at(-1) !== socket.bytesRead) pieces.push(socket.bytesRead);
      return { value: String(request['key']) };
    };
    const own = Array.from({ length: 1_000 }, (_, i) => String(i + 1));
    const replies = own.map((key) => getOne(never(), key));
    expect(await Promise.all(replies)).toEqual(own);
    expect(fake.accepted).toBe(1);
    // The system may cut it at 64 KiB; a write for each call would come in hundreds.
    expect(pieces.length).toBeLessThan(20);
  });

  it('gives each call its own reply in whatever order they come', async () => {
    const waiting: { id: unknown; key: unknown; socket: Socket }[] = [];
    fake.answer = ({ id, request }, socket) => {
      waiting.push({ id, key: request['key'], socket });
      return 'silence';
    };
    const replies = ['11', '22', '33'].map((key) => getOne(never(), key));
    await asked(3);
    for (const { id, key, socket } of waiting.toReversed()) {
      socket.write(tcpFrame({ id, response: key, isDisposed: true }));
    }
    expect(await Promise.all(replies)).toEqual(['11', '22', '33']);
  });

  it.each([
    ['no JSON', '3#abc'],
    ['no object', '4#null'],
    ['a list', '2#[]'],
    ['no id', '2#{}'],
    ['an id never used', tcpFrame({ id: 99, response: '5' })],
    ['an id that is no number', tcpFrame({ id: '1', response: '5' })],
    ['a fraction of an id', tcpFrame({ id: 0.5, response: '5' })],
    ['an endless frame', '4194305#'],
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ])('ends with all that is under way for %s', async (_name, bytes) => {
    const first = rejectionOf(getOne());
    await asked(1);
    fake.answer = () => ({ bytes });
    await expect(getOne()).rejects.toThrow('no reply of idun');
    expect(await first).toBeInstanceOf(TransportError);
    await expect.poll(() => fake.sockets.size, patience).toBe(0);
    gives('7');
    expect(await getOne()).toBe('7');
  });

  it.each([
    ['a number', { id: 1, response: 7 }],
    ['nothing', { id: 1, isDisposed: true }],
    ["Nest's words for an unknown pattern", { id: 1, status: 'error', err: 'There is no handler' }],
    ['an error of something else', { id: 1, err: { message: 'x' } }],
  ])('fails one call alone for %s', async (_name, packet) => {
    says(packet);
    await expect(getOne()).rejects.toBeInstanceOf(TransportError);
    gives('7');
    expect(await getOne()).toBe('7');
    expect(fake.accepted).toBe(1);
  });

  it('takes the reply of a stream, a value and then its end', async () => {
    says({ id: 1, response: '5' }, { id: 1, isDisposed: true });
    expect(await getOne()).toBe('5');
    gives('6');
    expect(await getOne()).toBe('6');
    expect(fake.accepted).toBe(1);
  });

  it('drops the reply to a call that was aborted', async () => {
    const controller = new AbortController();
    const outcome = rejectionOf(getOne(controller.signal));
    await asked(1);
    controller.abort(new Error('enough'));
    expect(await outcome).toMatchObject({ message: expect.stringContaining('enough') });
    says({ id: 1, response: '1', isDisposed: true }, { id: 2, response: '2', isDisposed: true });
    expect(await getOne()).toBe('2');
    expect(fake.accepted).toBe(1);
  });

  it('has no more calls under way than it may, and lets so many wait', async () => {
    connection = connectTcp({ maxInFlight: 3, maxWaiting: 5 })(fake.server);
    gives('5');
    await getOne();
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    fake.answer = () => held.then(() => ({ value: '6' }));
    const outcomes = Array.from({ length: 9 }, () => getOne());
    await expect(outcomes[8]).rejects.toMatchObject({ code: 'OVERLOADED' });
    await asked(4);
    answer();
    expect(await Promise.all(outcomes.slice(0, 8))).toEqual(Array(8).fill('6'));
  });

  it('waits while the server does not read', async () => {
    gives('5');
    await getOne();
    for (const socket of fake.sockets) socket.pause();
    const key = 'k'.repeat(100_000);
    const replies = Array.from({ length: 200 }, () => getOne(never(), key));
    const controller = new AbortController();
    const last = rejectionOf(getOne(controller.signal));
    controller.abort(new Error('enough'));
    expect(await last).toMatchObject({ message: expect.stringContaining('enough') });
    for (const socket of fake.sockets) socket.resume();
    expect(await Promise.all(replies)).toEqual(Array(200).fill('5'));
    // The last one was still in line: it was not sent.
    expect(fake.asked).toHaveLength(201);
    expect(fake.accepted).toBe(1);
  });

  it('refuses by itself what would make the server drop the connection', async () => {
    gives('5');
    await getOne();
    await expect(getOne(never(), 'k'.repeat(1_048_576))).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    });
    expect(await getOne()).toBe('5');
    expect(fake.asked).toHaveLength(2);
  });

  it('gives up opening a connection in time', async () => {
    // An address of documentation, where nobody answers; a refusal of the network ends the same way.
    connection = connectTcp({ clock })({ host: '192.0.2.1', port: 9, weight: 1 });
    const calls = [getOne(), getOne()].map(rejectionOf);
    await clock.advance(1_500);
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(TransportError);
  });

  it('answers what is under way while the server shuts down, then connects anew', async () => {
    fake.answer = ({ id }, socket) => {
      socket.write(tcpFrame({ id, response: '5', isDisposed: true }));
      return 'hang up';
    };
    expect(await getOne()).toBe('5');
    await expect.poll(() => fake.sockets.size, patience).toBe(0);
    gives('6');
    expect(await getOne()).toBe('6');
    expect(fake.accepted).toBe(2);
  });
});

describe('a peer that is gone without a word', () => {
  async function timedOut(ms: number): Promise<void> {
    const controller = new AbortController();
    const before = fake.asked.length;
    const outcome = rejectionOf(getOne(controller.signal));
    await asked(before + 1);
    await clock.advance(ms);
    controller.abort(new Error('late'));
    expect(await outcome).toMatchObject({ message: expect.stringContaining('late') });
  }

  it('is left after a call without an answer', async () => {
    const other = rejectionOf(getOne());
    await asked(1);
    await timedOut(500);
    expect(await other).toMatchObject({ message: expect.stringContaining('nothing for 500 ms') });
    gives('7');
    expect(await getOne()).toBe('7');
    expect(fake.accepted).toBe(2);
  });

  it('is left after several short ones', async () => {
    await timedOut(200);
    await timedOut(200);
    await getOneMore();
    expect(fake.accepted).toBe(1);
    await timedOut(200);
    await getOneMore();
    expect(fake.accepted).toBe(2);
  });

  /** One whose answer never comes, aborted at once. */
  const getOneMore = () => timedOut(0);

  it('is not suspected while it answers others', async () => {
    gives('7');
    await getOne();
    await clock.advance(10_000);
    fake.answer = ({ request }) => (request['key'] === 'k' ? 'silence' : { value: '8' });
    const controller = new AbortController();
    const outcome = rejectionOf(getOne(controller.signal));
    await asked(2);
    await clock.advance(400);
    expect(await getOne(never(), 'other')).toBe('8');
    await clock.advance(400);
    controller.abort(new Error('late'));
    expect(await outcome).toMatchObject({ message: expect.stringContaining('late') });
    expect(await getOne(never(), 'other')).toBe('8');
    expect(fake.accepted).toBe(1);
  });
});
