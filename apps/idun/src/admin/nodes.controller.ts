import type { Server } from 'node:http';
import { Controller, Get, Header, Inject, UseGuards, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { acceptBodies, objectIn } from '../http/json-body.js';
import { softwareVersion } from '../worker-leases.js';
import { ADMIN_OPTIONS, type AdminOptions } from './admin-options.js';
import { AdminGuard, assertAdmin } from './admin.guard.js';
import { readNodeChange } from './node-change.js';

/** This node, as operators see it. */
export interface NodeReport {
  httpPort: number | undefined;
  /** Undefined where it has none. */
  zone: string | undefined;
  weight: number;
  draining: boolean;
  /** Calls without an answer yet. */
  inFlight: number;
  version: string;
  /** Undefined while there is none. */
  workerId: number | undefined;
}

@Controller('api/nodes/self')
@UseGuards(AdminGuard)
export class NodesController implements OnModuleInit {
  private readonly version = softwareVersion();

  constructor(
    @Inject(ADMIN_OPTIONS) private readonly options: AdminOptions,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    // In a scope of its own, as it takes a body; so Nest's guard does not see it.
    fastify.register(async (scope) => {
      acceptBodies(scope);
      scope.patch('/api/nodes/self', (request, reply) => {
        assertAdmin(request, this.options.token);
        void reply.header('cache-control', 'no-store');
        this.options.node.change(readNodeChange(objectIn(request.body)));
        return this.report();
      });
    });
  }

  @Get()
  @Header('cache-control', 'no-store')
  report(): NodeReport {
    const { gate, node, workerId, zone } = this.options;
    return {
      httpPort: this.httpPort(),
      zone,
      weight: node.weight,
      draining: node.isDraining,
      inFlight: gate.inFlight,
      version: this.version,
      workerId: workerId(),
    };
  }

  private httpPort(): number | undefined {
    const server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    const address = server.address();
    return typeof address === 'object' ? address?.port : undefined;
  }
}
