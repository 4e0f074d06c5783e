import { Module, type DynamicModule, type InjectionToken } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Store } from './store.js';

/** The injection token of the {@link Store}. */
export const STORE = Symbol('STORE');

export interface StoreModuleOptions {
  inject?: InjectionToken[];
  // oxlint-disable-next-line typescript/no-explicit-any -- the types of `inject`, which Nest does not know either
  useFactory: (...dependencies: any[]) => Store;
}

/**
 * Provides the store, and its data sources under the names `allocation` and `admin`. The store initialises them itself:
 * TypeOrmModule would hold up the start and end it after a few failures. Whoever made the store closes it.
 */
@Module({})
export class StoreModule {
  static forRootAsync({ inject = [], useFactory }: StoreModuleOptions): DynamicModule {
    const core: DynamicModule = {
      module: StoreModule,
      providers: [{ provide: STORE, inject, useFactory }],
      exports: [STORE],
      global: true,
    };
    return {
      module: StoreDataSourcesModule,
      imports: [core, dataSource('allocation'), dataSource('admin')],
    };
  }
}

@Module({})
class StoreDataSourcesModule {}

function dataSource(name: 'allocation' | 'admin'): DynamicModule {
  let source: DataSource | undefined;
  return TypeOrmModule.forRootAsync({
    name,
    inject: [STORE],
    useFactory(store: Store) {
      source = store.dataSources[name];
      return { ...source.options, manualInitialization: true };
    },
    async dataSourceFactory() {
      if (!source) throw new Error('the options are made before the data source');
      return source;
    },
  });
}
