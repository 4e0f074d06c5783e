import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import type { ClientProxy, MicroserviceOptions } from '@nestjs/microservices';
import { interval, map, NEVER, of, take, type Observable } from 'rxjs';

import { IdunError } from '#contracts';

import { ProblemFilter } from '../http/problem.filter.js';
import { IdunTcpServer, type IdunTcpServerOptions } from './idun-tcp-server.js';
import type { RpcLimits } from './rpc-limits.js';

@Controller()
export class FixtureController {
  static calls = 0;

  @MessagePattern('echo')
  echo(@Payload() data: unknown): unknown {
    FixtureController.calls++;
    return data;
  }

  @MessagePattern('later')
  async later(@Payload() delayMs: number): Promise<string> {
    await sleep(delayMs);
    return `after ${delayMs}`;
  }

  @MessagePattern('one')
  one(): Observable<string> {
    return of('one');
  }

  @MessagePattern('three')
  three(): Observable<number> {
    return interval(1).pipe(
      map((i) => i + 1),
      take(3),
    );
  }

  @MessagePattern('never')
  never(): Observable<never> {
    return NEVER;
  }

  @MessagePattern('health')
  health(): string {
    return 'well';
  }

  @MessagePattern('nothing')
  nothing(): void {}

  @MessagePattern('large')
  large(@Payload() length: number): string {
    FixtureController.calls++;
    return 'x'.repeat(length);
  }

  @MessagePattern({ cmd: 'sum', v: 1 })
  sum(@Payload() numbers: number[]): number {
    return numbers.reduce((a, b) => a + b, 0);
  }

  @MessagePattern('refuse')
  async refuse(): Promise<never> {
    throw new IdunError('KEY_NOT_FOUND', 'Create it first.');
  }

  @MessagePattern('bug')
  bug(): never {
    throw new TypeError('secret inside');
  }

  @MessagePattern('circle')
  circle(): object {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    return circle;
  }
}

@Module({ controllers: [FixtureController] })
class FixtureModule {}

export interface Fixture {
  app: INestMicroservice;
  server: IdunTcpServer;
  port: number;
  logged: Record<string, unknown>[];
  client: ClientProxy;
}

export async function startFixture(
  limits: Partial<RpcLimits> = {},
  more: Partial<IdunTcpServerOptions> = {},
): Promise<Fixture> {
  const logged: Fixture['logged'] = [];
  const keep = (details: object) => {
    logged.push({ ...details });
  };
  const log = { warn: keep, error: keep };
  const server = new IdunTcpServer({ host: '127.0.0.1', port: 0, log, limits, ...more });
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(FixtureModule, {
    strategy: server,
    logger: false,
  });
  app.useGlobalFilters(new ProblemFilter(log));
  await app.listen();
  const port = server.address()?.port ?? 0;
  return { app, server, port, logged, client: clientOf(port) };
}

export function clientOf(port: number): ClientProxy {
  return ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
  });
}

/** A connection that sends and receives bytes as they are. */
export class RawPeer {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  received = '';

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => (this.received += String(chunk)));
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  send(...packets: unknown[]): this {
    this.socket.write(packets.map((packet) => frame(JSON.stringify(packet))).join(''));
    return this;
  }

  sendText(text: string | Buffer): this {
    this.socket.write(text);
    return this;
  }

  async waitFor(text: string): Promise<void> {
    // Looked for at the end, where it comes last: what was received may be large.
    while (!this.received.includes(text, this.received.length - 10_000)) {
      if (this.socket.destroyed) throw new Error(`closed after: ${this.received}`);
      await sleep(2);
    }
  }
}

export const frame = (text: string) => `${text.length}#${text}`;
