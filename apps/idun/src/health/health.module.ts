import { Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ThisNode } from '../node/this-node.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';

@Module({})
export class HealthModule {
  /** `modes`: the modules whose modes have to be ready. */
  static forRoot(node: ThisNode, ...modes: DynamicModule[]): DynamicModule {
    return {
      module: HealthModule,
      // A node that is not ready says so to whoever asks; a log line for each probe would say nothing more.
      imports: [TerminusModule.forRoot({ logger: false }), ...modes],
      controllers: [HealthController],
      providers: [Readiness, { provide: ThisNode, useValue: node }],
      exports: [Readiness],
    };
  }
}
