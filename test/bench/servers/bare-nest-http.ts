import 'reflect-metadata';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { announce, BARE_ID } from './announce.js';

/** What Nest on Fastify costs as it comes out of the box: one route of idun's pattern. */
@Controller()
class BareController {
  @Get('api/bare/get/:key')
  get(@Param('key') _key: string): string {
    return BARE_ID;
  }
}

@Module({ controllers: [BareController] })
class BareModule {}

const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(), {
  logger: false,
});
await app.listen(0, '127.0.0.1');
announce('http', app.getHttpServer().address());
