import 'reflect-metadata';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientProxyFactory,
  ClientsModule,
  MessagePattern,
  Payload,
  RpcException,
  Transport,
  type ClientProxy,
} from '@nestjs/microservices';
import { createServer, type AddressInfo } from 'node:net';
import { firstValueFrom, timeout, toArray } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { IdunClient } from '../idun-client.js';
import { IdunClientProxy } from './idun-client.proxy.js';

const NOT_FOUND = { code: 'KEY_NOT_FOUND', message: 'There is no such key.', retryable: false };
const NOT_READY = { code: 'SEGMENT_NOT_READY', message: 'Retry.', retryable: true };
const RANGE = { key: 'order', start: '1', end: '11', leaseId: 'a' };

let payloads: unknown[];

function answer(payload: { key?: string; count?: number }, reply: unknown): unknown {
  payloads.push(payload);
  if (payload.key === 'nobody') throw new RpcException(NOT_FOUND);
  if (payload.key === 'busy') throw new RpcException(NOT_READY);
  return reply;
}

/** The patterns of idun, as a plain Nest service has them. */
@Controller()
class Patterns {
  @MessagePattern('segment.get')
  segment(@Payload() payload: { key: string; count?: number }) {
    return answer(payload, payload.count === undefined ? '1' : ['1', '2']);
  }

  @MessagePattern('segment.lease')
  lease(@Payload() payload: object) {
    return answer(payload, RANGE);
  }

  @MessagePattern('segment.return')
  return(@Payload() payload: object) {
    return answer(payload, { returned: 3 });
  }

  @MessagePattern('snowflake.get')
  snowflake(@Payload() payload: object) {
    return answer(payload, '2124356139490476056');
  }

  @MessagePattern('snowflake.decode')
  decode(@Payload() payload: object) {
    return answer(payload, { timestamp: 1, time: 'then', workerId: 2, sequence: 3 });
  }
}

@Module({ controllers: [Patterns] })
class Service {}

let service: INestMicroservice;
let port: number;
let unused: number;

beforeAll(async () => {
  [port, unused] = [await freePort(), await freePort()];
  service = await NestFactory.createMicroservice(Service, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
    logger: false,
  });
  await service.listen();
});
afterAll(() => service.close());

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: found } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return found;
}

let plain: ClientProxy;
let balanced: ClientProxy;

beforeEach(() => {
  payloads = [];
  plain = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
  });
  balanced = proxyOf(`127.0.0.1:${unused}`, `127.0.0.1:${port}`);
});
afterEach(() => Promise.all([plain.close(), balanced.close()]));

function proxyOf(...servers: string[]): ClientProxy {
  // A server that is well may be slow where a machine is busy; one that is not refuses at once.
  const options = { servers, deadlineMs: 10_000, attemptTimeoutMs: 5_000 };
  return ClientProxyFactory.create({ customClass: IdunClientProxy, options });
}

const send = (proxy: ClientProxy, pattern: unknown, data: object) =>
  firstValueFrom(proxy.send<unknown>(pattern, data).pipe(toArray()));

describe('does what a plain ClientProxy does, though one of its servers is away', () => {
  it.each([
    ['segment.get', { key: 'order' }, ['1']],
    ['segment.get', { key: 'order', count: 2 }, [['1', '2']]],
    ['segment.lease', { key: 'order', size: 10, requestId: 'r' }, [RANGE]],
    ['segment.return', { leaseId: 'a', from: '8' }, [{ returned: 3 }]],
    ['snowflake.get', { key: 'order' }, ['2124356139490476056']],
    ['snowflake.decode', { id: '1' }, [{ timestamp: 1, time: 'then', workerId: 2, sequence: 3 }]],
  ])('%s %o', async (pattern, data, replies) => {
    expect(await send(plain, pattern, data)).toEqual(replies);
    expect(await send(balanced, pattern, data)).toEqual(replies);
    expect(payloads).toEqual([data, data]);
  });

  it('rejects with what the server says', async () => {
    for (const proxy of [plain, balanced]) {
      const refused = send(proxy, 'segment.get', { key: 'nobody' }).catch(
        (error: unknown) => error,
      );
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await refused).toStrictEqual(NOT_FOUND);
    }
  });

  it('rejects with the last refusal, where retries did not help', async () => {
    const hasty = new IdunClientProxy({ servers: [`127.0.0.1:${port}`], deadlineMs: 300 });
    const refused = send(hasty, 'segment.get', { key: 'busy' }).catch((error: unknown) => error);
    expect(await refused).toStrictEqual(NOT_READY);
    await hasty.close();
  });

  it('refuses a message without data', async () => {
    const none = undefined as unknown as object;
    await expect(send(plain, 'segment.get', none)).rejects.toThrow(
      /invalid data or message pattern/,
    );
    await expect(send(balanced, 'segment.get', none)).rejects.toThrow(
      /invalid data or message pattern/,
    );
  });
});

it('makes a lease one that can be repeated', async () => {
  await send(balanced, 'segment.lease', { key: 'order', size: 10 });
  await send(balanced, 'segment.lease', { key: 'order', size: 10, requestId: undefined });
  const [first, second] = payloads as { requestId: string }[];
  const requestId = expect.stringMatching(/^[\w-]{36}$/);
  expect([first, second]).toEqual([
    { key: 'order', size: 10, requestId },
    { key: 'order', size: 10, requestId },
  ]);
  expect(second?.requestId).not.toBe(first?.requestId);
});

it.each(['health', 'segment.take', { cmd: 'segment.get' }])(
  'refuses the pattern %o',
  async (pattern) => {
    await expect(send(balanced, pattern, { key: 'order' })).rejects.toEqual({
      code: 'REQUEST_INVALID',
      message: expect.stringMatching(/unknown: there are segment\.get, .*snowflake\.decode\.$/),
      retryable: false,
    });
    expect(payloads).toEqual([]);
  },
);

it('refuses to emit', async () => {
  const emitted = firstValueFrom(balanced.emit('segment.get', { key: 'order' }));
  await expect(emitted).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
    message: expect.stringContaining('an event gets no ids'),
  });
  expect(payloads).toEqual([]);
});

it('gives a call up that nobody waits for', async () => {
  const client = balanced.unwrap<IdunClient>();
  const signals: AbortSignal[] = [];
  vi.spyOn(client, 'call').mockImplementation((_pattern, _request, options) => {
    signals.push(options!.signal!);
    return new Promise(() => {});
  });
  const late = balanced.send('segment.get', { key: 'order' }).pipe(timeout(1));
  await expect(firstValueFrom(late)).rejects.toThrow('Timeout');
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

it('fails with a TransportError where no server answers', async () => {
  const lonely = new IdunClientProxy({ servers: [`127.0.0.1:${unused}`], deadlineMs: 100 });
  const call = send(lonely, 'segment.get', { key: 'order' });
  await expect(call).rejects.toMatchObject({ name: 'TransportError' });
  await lonely.close();
});

it('is closed by the ClientsModule with the application', async () => {
  const options = { servers: [`127.0.0.1:${port}`] };
  const clients = ClientsModule.register([{ name: 'IDUN', customClass: IdunClientProxy, options }]);
  const application = await NestFactory.createApplicationContext(clients, { logger: false });
  const proxy = application.get<ClientProxy>('IDUN');
  expect(await send(proxy, 'segment.get', { key: 'order' })).toEqual(['1']);
  await application.close();
  await expect(send(proxy, 'segment.get', { key: 'order' })).rejects.toMatchObject({
    code: 'SHUTTING_DOWN',
  });
});
