import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Server } from '../servers/server.js';
import type { Answer, Asked } from './fake-answer.fixture.js';
import { encodeHttp, readHttpRequests } from './fake-http.fixture.js';
import { encodeTcp, readTcpRequests } from './fake-tcp.fixture.js';

/** How an answer is put on the wire: `half` of it, and the connection is closed. */
export type Delivery = 'whole' | 'byte by byte' | 'half' | 'half and reset';

export interface FakeServer {
  readonly server: Server;
  readonly asked: Asked[];
  /** How many connections came so far. */
  accepted: number;
  readonly sockets: Set<Socket>;
  answer: (asked: Asked, socket: Socket) => Answer | Promise<Answer>;
  delivery: Delivery;
  stop(): Promise<void>;
}

const wires = {
  http: { readRequests: readHttpRequests, encode: encodeHttp },
  tcp: { readRequests: readTcpRequests, encode: encodeTcp },
};

/** Listens as a server of idun does, and answers as a test says. */
export async function startFake(transport: 'http' | 'tcp'): Promise<FakeServer> {
  const { readRequests, encode } = wires[transport];
  const listener = createServer({ noDelay: true }, (socket) => {
    fake.accepted++;
    fake.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => fake.sockets.delete(socket));
    readRequests(socket, (asked) => {
      fake.asked.push(asked);
      void respond(asked, socket);
    });
  });
  const respond = async (asked: Asked, socket: Socket) => {
    const answer = await fake.answer(asked, socket);
    if (answer === 'silence') return;
    if (answer === 'hang up') socket.end();
    else await deliver(Buffer.from(encode(asked, answer)), fake.delivery, socket);
  };
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const fake: FakeServer = {
    server: { host: '127.0.0.1', port, weight: 1 },
    asked: [],
    accepted: 0,
    sockets: new Set(),
    answer: () => 'silence',
    delivery: 'whole',
    async stop() {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of fake.sockets) socket.destroy();
      await closed;
    },
  };
  return fake;
}

/** For `expect.poll`, whose own second is short on a machine that is busy. */
export const patience = { timeout: 10_000 };

/** What a call rejects with; to be had at once, so that it is never unhandled. */
export function rejectionOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => new Error(`not rejected: ${String(value)}`),
    (reason: unknown) => reason,
  );
}

async function deliver(bytes: Buffer, delivery: Delivery, socket: Socket): Promise<void> {
  if (delivery === 'whole') {
    socket.write(bytes);
  } else if (delivery === 'byte by byte') {
    for (const byte of bytes) {
      socket.write(Buffer.of(byte));
      // oxlint-disable-next-line no-await-in-loop -- each on its own
      await nextTurn();
    }
  } else {
    const sent = new Promise((resolve) => {
      socket.write(bytes.subarray(0, -Math.ceil(bytes.length / 4)), resolve);
    });
    await sent;
    if (delivery === 'half') socket.end();
    else socket.resetAndDestroy();
  }
}
