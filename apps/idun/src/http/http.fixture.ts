import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  Controller,
  Get,
  Header,
  Module,
  Param,
  Put,
  ServiceUnavailableException,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost, NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

import { IdunError } from '#contracts';

import type { EdgeLog } from '../edge/edge-log.js';
import { createFastifyAdapter, type FastifyAdapterOptions } from './fastify-adapter.js';
import { acceptBodies } from './json-body.js';
import { ProblemFilter } from './problem.filter.js';

/** More than the system holds for a peer that does not read. */
const LARGE_BYTES = 32 * 1_024 * 1_024;

/** How often a get route of the fixture ran: a refused request must leave it as it is. */
export const consumed = { count: 0 };

@Controller()
class FixtureController implements OnModuleInit {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  onModuleInit(): void {
    this.adapterHost.httpAdapter.getInstance<FastifyInstance>().register(async (scope) => {
      acceptBodies(scope);
      scope.post('/body', async ({ body }) => body);
    });
  }

  @Get('api/segment/get/:key')
  @Header('content-type', 'text/plain; charset=utf-8')
  @Header('cache-control', 'no-store')
  async get(@Param('key') key: string): Promise<string> {
    consumed.count++;
    if (Array.from(key).length > 128) throw new IdunError('KEY_INVALID', 'Too long.');
    if (key === 'slow') await sleep(300);
    if (key === 'bug') throw new TypeError('secret inside');
    if (key === 'empty') {
      throw new IdunError('SEGMENT_NOT_READY', 'Try again.', { retryAfterMs: 1_200 });
    }
    return key;
  }

  @Get('large')
  large(): string {
    consumed.count++;
    return 'x'.repeat(LARGE_BYTES);
  }

  @Get('api/snowflake/decode/:id')
  decode(@Param('id') id: string): string {
    return id;
  }

  @Put('api/keys/:key')
  put(): string {
    return 'put';
  }

  @Get('health/ready')
  ready(): never {
    throw new ServiceUnavailableException({ status: 'error', info: {}, error: {}, details: {} });
  }
}

@Module({ controllers: [FixtureController] })
class FixtureModule {}

export interface Fixture {
  app: NestFastifyApplication;
  port: number;
  logged: { message: string; details: Record<string, unknown> }[];
}

export async function startFixture(
  options: Omit<FastifyAdapterOptions, 'log'> = {},
): Promise<Fixture> {
  const logged: Fixture['logged'] = [];
  const keep = (details: object, message: string) => {
    logged.push({ message, details: { ...details } });
  };
  const log: EdgeLog = { warn: keep, error: keep };
  const app = await NestFactory.create<NestFastifyApplication>(
    FixtureModule,
    createFastifyAdapter({ log, ...options }),
    { logger: false },
  );
  app.useGlobalFilters(new ProblemFilter(log));
  await app.listen(0, '127.0.0.1');
  return { app, port: Number(new URL(await app.getUrl()).port), logged };
}

/** Sends bytes as they are and returns all that came back until the server closed. */
export async function exchange(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(request);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
