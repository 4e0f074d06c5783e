import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import {
  IdunError,
  type ReturnedRange,
  type RangeLeases as RangeLeasesContract,
  type SegmentIds,
} from '#contracts';
import {
  RangeLeases,
  SegmentGenerator,
  UP,
  type RangeLeaseDependencies,
  type RangeLeaseOptions,
  type Readiness,
  type SegmentDependencies,
  type SegmentOptions,
  type SegmentReport,
  type TailReturnReport,
} from '#core';

/** Token of the node's own {@link SegmentMode}. */
export const SEGMENT_MODE = Symbol('SEGMENT_MODE');
/** Token of the {@link SegmentLeases} of the same counters. */
export const SEGMENT_LEASES = Symbol('SEGMENT_LEASES');

export interface SegmentMode extends SegmentIds {
  trySegmentId(key: string): string | undefined;
  readiness(): Promise<Readiness>;
  /** One for each key in use. */
  reports(): SegmentReport[];
  /** How many ids of the key this node has in memory. */
  bufferedIds(key: string): number;
  /** Gives back what was not handed out; see `SegmentGenerator`. */
  close(timeoutMs: number): Promise<TailReturnReport>;
}

export interface SegmentLeases extends RangeLeasesContract {
  /** `key`, where it is given, has to be that of the lease. */
  returnRange(leaseId: string, from: string, key?: string): Promise<ReturnedRange>;
}

export interface SegmentModuleOptions {
  enabled: boolean;
  generator: SegmentOptions;
  dependencies: SegmentDependencies;
  leases: { options: RangeLeaseOptions; dependencies: RangeLeaseDependencies };
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
    {
      provide: SEGMENT_LEASES,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: ({ enabled, leases }: SegmentModuleOptions): SegmentLeases =>
        enabled ? new RangeLeases(leases.options, leases.dependencies) : new DisabledLeases(),
    },
  ],
  exports: [SEGMENT_MODE, SEGMENT_LEASES],
})
export class SegmentModule extends ConfigurableModuleClass {}

const modeDisabled = () =>
  new IdunError('MODE_DISABLED', 'The segment mode is switched off on this node.');

class DisabledSegmentMode implements SegmentMode {
  trySegmentId(): never {
    throw modeDisabled();
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

  reports(): SegmentReport[] {
    return [];
  }

  bufferedIds(): number {
    return 0;
  }

  async close(): Promise<TailReturnReport> {
    return { returned: 0, lost: 0 };
  }
}

class DisabledLeases implements SegmentLeases {
  async leaseRange(): Promise<never> {
    throw modeDisabled();
  }

  async returnRange(): Promise<never> {
    throw modeDisabled();
  }
}
