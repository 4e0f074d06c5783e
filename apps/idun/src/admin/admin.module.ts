import { Module, type DynamicModule } from '@nestjs/common';
import { ADMIN_OPTIONS, type AdminOptions } from './admin-options.js';
import { KeysController } from './keys.controller.js';
import { WorkersController } from './workers.controller.js';

/** What operators ask of a node. */
@Module({})
export class AdminModule {
  /** `segment`: that of this node. */
  static forRoot(segment: DynamicModule, options: AdminOptions): DynamicModule {
    return {
      module: AdminModule,
      imports: [segment],
      controllers: [KeysController, WorkersController],
      providers: [{ provide: ADMIN_OPTIONS, useValue: options }],
    };
  }
}
