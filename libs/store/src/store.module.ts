import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Store } from './store.js';

/** The injection token of the {@link Store}. */
export const STORE = Symbol('STORE');

/**
 * Provides the store, and its data sources under the names `allocation` and `admin`. The store initialises them itself:
 * TypeOrmModule would hold up the start and end it after a few failures. Whoever opened the store closes it.
 */
@Module({})
export class StoreModule {
  static forRoot(store: Store): DynamicModule {
    return {
      module: StoreModule,
      imports: [dataSource(store, 'allocation'), dataSource(store, 'admin')],
      providers: [{ provide: STORE, useValue: store }],
      exports: [STORE],
    };
  }
}

function dataSource(store: Store, name: 'allocation' | 'admin'): DynamicModule {
  const source = store.dataSources[name];
  return TypeOrmModule.forRootAsync({
    name,
    useFactory: () => ({ ...source.options, manualInitialization: true }),
    dataSourceFactory: () => Promise.resolve(source),
  });
}
