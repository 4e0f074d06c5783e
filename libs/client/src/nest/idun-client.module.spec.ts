import 'reflect-metadata';
import {
  Controller,
  Get,
  Injectable,
  Module,
  type DynamicModule,
  type INestApplicationContext,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, expect, it, vi } from 'vitest';
import type { ClientOptions } from '../client-options.js';
import { IdunClient } from '../idun-client.js';
import { IdunClientModule } from './index.js';

const patient = { timeout: 10_000 };
const OPTIONS = { servers: ['127.0.0.1:9'] };

@Injectable()
class Orders {
  constructor(readonly idun: IdunClient) {}
}

@Module({ providers: [Orders] })
class OrdersModule {}

@Module({ providers: [{ provide: 'SERVERS', useValue: OPTIONS.servers }], exports: ['SERVERS'] })
class SettingsModule {}

const started: INestApplicationContext[] = [];
afterEach(() => Promise.all(started.splice(0).map((application) => application.close())));

async function start(...imports: (DynamicModule | Type)[]): Promise<INestApplicationContext> {
  const application = await NestFactory.createApplicationContext(
    { module: class {}, imports },
    { logger: false, abortOnError: false },
  );
  started.push(application);
  return application;
}

const withOrders = (client: DynamicModule): DynamicModule => ({
  module: OrdersModule,
  imports: [client],
});
const clientOf = (application: INestApplicationContext) =>
  application.get(Orders, { strict: false }).idun;

it('gives a client to whoever imports the module', async () => {
  const application = await start(withOrders(IdunClientModule.forRoot(OPTIONS)));
  expect(clientOf(application)).toBeInstanceOf(IdunClient);
});

it('gives the same client to every module, where it is global', async () => {
  const application = await start(
    IdunClientModule.forRoot({ ...OPTIONS, isGlobal: true }),
    OrdersModule,
  );
  expect(clientOf(application)).toBe(application.get(IdunClient, { strict: false }));
});

it('is not global unless it says so', async () => {
  const starting = start(IdunClientModule.forRoot(OPTIONS), OrdersModule);
  await expect(starting).rejects.toThrow(/can't resolve dependencies of the Orders/);
});

it('takes options from a factory', async () => {
  const useFactory = vi.fn<(servers: string[]) => ClientOptions>((servers) => ({ servers }));
  const inject = ['SERVERS'];
  const client = IdunClientModule.forRootAsync({ imports: [SettingsModule], inject, useFactory });
  const application = await start(withOrders(client));
  expect(useFactory).toHaveBeenCalledExactlyOnceWith(OPTIONS.servers);
  expect(clientOf(application)).toBeInstanceOf(IdunClient);
});

it('refuses options that are wrong at the start', async () => {
  await expect(start(IdunClientModule.forRoot({}))).rejects.toThrow(/'servers' and 'nacos'/);
});

it('closes the client with the application, after the requests under way', async () => {
  const entered = vi.fn<() => void>();
  let goOn = () => {};
  const allowed = new Promise<void>((resolve) => (goOn = resolve));
  @Controller()
  class Slow {
    constructor(readonly idun: IdunClient) {}

    @Get()
    async isOpenAtTheEnd(): Promise<boolean> {
      entered();
      await allowed;
      return isOpen(this.idun);
    }
  }
  const imports = [IdunClientModule.forRoot(OPTIONS)];
  const application = await NestFactory.create<NestFastifyApplication>(
    { module: class {}, imports, controllers: [Slow] },
    new FastifyAdapter({ forceCloseConnections: false }),
    { logger: false },
  );
  await application.listen(0, '127.0.0.1');
  const server = application.getHttpServer();
  const answer = fetch(await application.getUrl(), { headers: { connection: 'close' } });
  await expect.poll(() => entered, patient).toHaveBeenCalled();
  const closed = application.close();
  await expect.poll(() => server.listening, patient).toBe(false);
  goOn();
  expect(await (await answer).json()).toBe(true);
  await closed;
  expect(isOpen(application.get(IdunClient, { strict: false }))).toBe(false);
});

function isOpen(idun: IdunClient): boolean {
  try {
    idun.segment('order');
    return true;
  } catch {
    return false;
  }
}
