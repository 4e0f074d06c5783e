import { Module, type DynamicModule } from '@nestjs/common';
import { ADMIN_OPTIONS, type AdminOptions } from './admin-options.js';
import { WorkersController } from './workers.controller.js';

/** What operators ask of a node. */
@Module({})
export class AdminModule {
  static forRoot(options: AdminOptions): DynamicModule {
    return {
      module: AdminModule,
      controllers: [WorkersController],
      providers: [{ provide: ADMIN_OPTIONS, useValue: options }],
    };
  }
}
