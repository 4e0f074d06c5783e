import { Module, type DynamicModule } from '@nestjs/common';
import { ADMIN_OPTIONS, type AdminOptions } from './admin-options.js';
import { MetricsController } from '../metrics/metrics.controller.js';
import { Metrics } from '../metrics/metrics.js';
import { NodesController } from './nodes.controller.js';
import { KeysController } from './keys.controller.js';
import { WorkersController } from './workers.controller.js';

/** What operators ask of a node. */
@Module({})
export class AdminModule {
  /** `segment` and `snowflake`: the modules of the modes of this node. */
  static forRoot(
    options: AdminOptions,
    segment: DynamicModule,
    snowflake: DynamicModule,
  ): DynamicModule {
    return {
      module: AdminModule,
      imports: [segment, snowflake],
      controllers: [KeysController, MetricsController, NodesController, WorkersController],
      providers: [{ provide: ADMIN_OPTIONS, useValue: options }, Metrics],
    };
  }
}
