import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { IdunError, type SegmentIds } from '#contracts';
import {
  SegmentGenerator,
  UP,
  type Readiness,
  type SegmentDependencies,
  type SegmentOptions,
} from '#core';

/** Token of the node's own {@link SegmentMode}. */
export const SEGMENT_MODE = Symbol('SEGMENT_MODE');

export interface SegmentMode extends SegmentIds {
  trySegmentId(key: string): string | undefined;
  readiness(): Promise<Readiness>;
}

export interface SegmentModuleOptions {
  enabled: boolean;
  generator: SegmentOptions;
  dependencies: SegmentDependencies;
}

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<SegmentModuleOptions>().setClassMethodName('forRoot').build();

@Module({
  providers: [
    {
      provide: SEGMENT_MODE,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: ({ enabled, generator, dependencies }: SegmentModuleOptions): SegmentMode =>
        enabled ? new SegmentGenerator(generator, dependencies) : new DisabledSegmentMode(),
    },
  ],
  exports: [SEGMENT_MODE],
})
export class SegmentModule extends ConfigurableModuleClass {}

class DisabledSegmentMode implements SegmentMode {
  trySegmentId(): never {
    throw new IdunError('MODE_DISABLED', 'The segment mode is switched off on this node.');
  }

  async getSegmentId(): Promise<never> {
    return this.trySegmentId();
  }

  getSegmentIds(): Promise<never> {
    return this.getSegmentId();
  }

  async readiness(): Promise<Readiness> {
    return UP;
  }
}
