import zookeeper from 'node-zookeeper-client';
import { afterEach, expect, it, vi } from 'vitest';
import { internalsOf, type ConnectionManager } from './client-internals.js';
import { ZooKeeperConnection } from './zookeeper-connection.js';

const DISCONNECTED = 0;
const CONNECTING = 1;

const prototype = Object.getPrototypeOf(
  internalsOf(zookeeper.createClient('127.0.0.1:1')),
) as ConnectionManager & { setState(state: number): void };

afterEach(() => vi.restoreAllMocks());

/** A connection to nowhere: what the client underneath is given, and what is asked of its socket. */
function connection() {
  const taken: string[] = [];
  vi.spyOn(prototype, 'onSocketData').mockImplementation((data) => {
    if (data.length === 4) throw new Error('an answer without a header');
    taken.push(data.toString('hex'));
  });
  const { client } = new ZooKeeperConnection('127.0.0.1:1', 1_000, {
    connected: () => undefined,
    over: () => undefined,
  });
  const manager = internalsOf(client) as typeof prototype;
  const destroy = vi.fn<() => void>();
  Object.assign(manager, { socket: { destroy } });
  return { manager, taken, destroy };
}

function frame(...bytes: number[]): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, Buffer.from(bytes)]);
}

const frames = [frame(1), frame(2, 2, 2, 2, 2), frame(0, 0, 0, 3), frame(4, 4)];
const bytes = Buffer.concat(frames);
const whole = frames.map((each) => each.toString('hex'));

it('gives the client one whole frame at a time, wherever the bytes are cut', () => {
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      const { manager, taken, destroy } = connection();
      manager.onSocketData(bytes.subarray(0, first));
      manager.onSocketData(bytes.subarray(first, second));
      manager.onSocketData(bytes.subarray(second));
      expect(taken).toEqual(whole);
      expect(destroy).not.toHaveBeenCalled();
    }
  }
});

it('takes bytes that come one by one', () => {
  const { manager, taken } = connection();
  for (let at = 0; at < bytes.length; at++) manager.onSocketData(bytes.subarray(at, at + 1));
  expect(taken).toEqual(whole);
});

it('forgets the beginning of a frame with its connection', () => {
  const { manager, taken } = connection();
  manager.setState(CONNECTING);
  manager.onSocketData(bytes.subarray(0, bytes.length - 1));
  manager.setState(DISCONNECTED);
  manager.setState(CONNECTING);
  manager.onSocketData(bytes);
  expect(taken).toEqual([...whole.slice(0, -1), ...whole]);
});

it.each([
  ['a length below zero', Buffer.from('ffffffff', 'hex')],
  ['a frame that the client cannot read', frame()],
])('leaves a server that sends %s', (_, data) => {
  const { manager, taken, destroy } = connection();
  manager.onSocketData(data);
  expect(destroy).toHaveBeenCalledOnce();
  expect(taken).toEqual([]);
});
