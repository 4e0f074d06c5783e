import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { IdunError, type SnowflakeIds } from '#contracts';
import {
  SnowflakeGenerator,
  UP,
  type Readiness,
  type SnowflakeDependencies,
  type SnowflakeOptions,
} from '#core';

/** Token of the node's own {@link SnowflakeMode}. */
export const SNOWFLAKE_MODE = Symbol('SNOWFLAKE_MODE');

export interface SnowflakeMode extends SnowflakeIds {
  trySnowflakeId(key: string): string | undefined;
  readiness(): Readiness;
  /** Ids given out so far. */
  readonly totalIssued: number;
}

export interface SnowflakeModuleOptions {
  enabled: boolean;
  generator: SnowflakeOptions;
  dependencies: SnowflakeDependencies;
}

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<SnowflakeModuleOptions>().setClassMethodName('forRoot').build();

@Module({
  providers: [
    {
      provide: SNOWFLAKE_MODE,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: ({ enabled, generator, dependencies }: SnowflakeModuleOptions): SnowflakeMode =>
        enabled ? new SnowflakeGenerator(generator, dependencies) : new DisabledSnowflakeMode(),
    },
  ],
  exports: [SNOWFLAKE_MODE],
})
export class SnowflakeModule extends ConfigurableModuleClass {}

class DisabledSnowflakeMode implements SnowflakeMode {
  readonly totalIssued = 0;

  trySnowflakeId(): never {
    throw new IdunError('MODE_DISABLED', 'The snowflake mode is switched off on this node.');
  }

  async getSnowflakeId(): Promise<never> {
    return this.trySnowflakeId();
  }

  getSnowflakeIds(): Promise<never> {
    return this.getSnowflakeId();
  }

  decodeSnowflakeId(): Promise<never> {
    return this.getSnowflakeId();
  }

  readiness(): Readiness {
    return UP;
  }
}
