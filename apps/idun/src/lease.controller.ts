import { Controller, Inject, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  PATTERN,
  type LeaseRequest,
  type RangeLease,
  type RangeLeases,
  type ReturnedRange,
  type ReturnRequest,
} from '#contracts';
import { SEGMENT_LEASES, type SegmentLeases } from '#segment';
import { readSize } from './http/count.js';
import { acceptBodies, objectIn } from './http/json-body.js';
import { idempotencyKey } from './http/idempotency-key.js';
import { assertPayload } from './rpc/payload.js';

interface LeaseRoute {
  Params: { key: string };
  Querystring: { size?: unknown };
}

/** Range leases over both transports. */
@Controller()
export class LeaseController implements RangeLeases, OnModuleInit {
  constructor(
    @Inject(SEGMENT_LEASES) private readonly leases: SegmentLeases,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    // In a scope of their own, as they take bodies.
    fastify.register(async (scope) => {
      acceptBodies(scope);
      scope.post<LeaseRoute>('/api/segment/lease/:key', (request, reply) =>
        this.httpLease(request, reply),
      );
      scope.post<LeaseRoute>('/api/segment/lease/:key/return', (request, reply) =>
        this.httpReturn(request, reply),
      );
    });
  }

  httpLease(
    { params, query, raw }: FastifyRequest<LeaseRoute>,
    reply: FastifyReply,
  ): Promise<RangeLease> {
    void reply.header('cache-control', 'no-store');
    return this.leaseRange(params.key, readSize(query.size), idempotencyKey(raw));
  }

  httpReturn(
    { params, body }: FastifyRequest<LeaseRoute>,
    reply: FastifyReply,
  ): Promise<ReturnedRange> {
    void reply.header('cache-control', 'no-store');
    const { leaseId, from } = objectIn(body) as ReturnRequest;
    return this.leases.returnRange(leaseId, from, params.key);
  }

  @MessagePattern(PATTERN.segmentLease)
  rpcLease(@Payload() payload: LeaseRequest): Promise<RangeLease> {
    assertPayload(payload);
    return this.leaseRange(payload.key, payload.size, payload.requestId);
  }

  @MessagePattern(PATTERN.segmentReturn)
  rpcReturn(@Payload() payload: ReturnRequest): Promise<ReturnedRange> {
    assertPayload(payload);
    return this.returnRange(payload.leaseId, payload.from);
  }

  leaseRange(key: string, size: number, requestId?: string): Promise<RangeLease> {
    return this.leases.leaseRange(key, size, requestId);
  }

  returnRange(leaseId: string, from: string): Promise<ReturnedRange> {
    return this.leases.returnRange(leaseId, from);
  }
}
