import { Module, type DynamicModule } from '@nestjs/common';
import { ADMIN_OPTIONS, type AdminOptions } from './admin-options.js';
import { MetricsController } from '../metrics/metrics.controller.js';
import { Metrics } from '../metrics/metrics.js';
import { NodesController } from './nodes.controller.js';
import { WorkersController } from './workers.controller.js';

/** What operators ask of a node. */
@Module({})
export class AdminModule {
  /** `modes`: the modules whose modes are measured. */
  static forRoot(options: AdminOptions, ...modes: DynamicModule[]): DynamicModule {
    return {
      module: AdminModule,
      imports: modes,
      controllers: [WorkersController, NodesController, MetricsController],
      providers: [{ provide: ADMIN_OPTIONS, useValue: options }, Metrics],
    };
  }
}
