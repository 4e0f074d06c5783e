import 'reflect-metadata';
import {
  Injectable,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type INestApplicationContext,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, expect, it, vi } from 'vitest';
import { IdunClient } from '../idun-client.js';
import { IdunClientModule } from './index.js';

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
  const useFactory = vi.fn((servers: string[]) => ({ servers }));
  const inject = ['SERVERS'];
  const client = IdunClientModule.forRootAsync({ imports: [SettingsModule], inject, useFactory });
  const application = await start(withOrders(client));
  expect(useFactory).toHaveBeenCalledExactlyOnceWith(OPTIONS.servers);
  expect(clientOf(application)).toBeInstanceOf(IdunClient);
});

it('refuses options that are wrong at the start', async () => {
  await expect(start(IdunClientModule.forRoot({}))).rejects.toThrow(/'servers' and 'nacos'/);
});

it('closes the client with the application, after what was under way', async () => {
  @Module({ imports: [IdunClientModule.forRoot(OPTIONS)] })
  class Busy implements BeforeApplicationShutdown {
    readonly openWhileStopping: boolean[] = [];

    constructor(readonly idun: IdunClient) {}

    beforeApplicationShutdown(): void {
      this.openWhileStopping.push(isOpen(this.idun));
    }
  }
  const application = await start(Busy);
  const { idun, openWhileStopping } = application.get(Busy);
  expect(isOpen(idun)).toBe(true);
  await application.close();
  expect(openWhileStopping).toEqual([true]);
  expect(isOpen(idun)).toBe(false);
});

function isOpen(idun: IdunClient): boolean {
  try {
    idun.segment('order');
    return true;
  } catch {
    return false;
  }
}
