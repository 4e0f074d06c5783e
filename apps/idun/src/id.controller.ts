import { Controller, Get, Inject, Param, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  PATTERN,
  type DecodedSnowflake,
  type DecodeRequest,
  type GetRequest,
  type SegmentIds,
  type SnowflakeIds,
} from '#contracts';
import { SEGMENT_MODE, type SegmentMode } from '#segment';
import { SNOWFLAKE_MODE, type SnowflakeMode } from '#snowflake';
import { readCount } from './http/count.js';
import { idBody, idsBody, type Body } from './http/id-body.js';
import { assertPayload } from './rpc/payload.js';

interface IdRoute {
  Params: { key: string };
  Querystring: { count?: unknown };
}

type IdRequest = FastifyRequest<IdRoute>;

/**
 * Both modes over both transports. To its callers it is what a local generator is: it implements the same
 * interfaces, as every client does.
 */
@Controller()
export class IdController implements SegmentIds, SnowflakeIds, OnModuleInit {
  constructor(
    @Inject(SEGMENT_MODE) private readonly segment: SegmentMode,
    @Inject(SNOWFLAKE_MODE) private readonly snowflake: SnowflakeMode,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    // Not by @Get: Nest's router would cost these two more than all else between Fastify and the buffer.
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    fastify.get<IdRoute>('/api/segment/get/:key', (request, reply) =>
      this.httpSegment(request, reply),
    );
    fastify.get<IdRoute>('/api/snowflake/get/:key', (request, reply) =>
      this.httpSnowflake(request, reply),
    );
  }

  httpSegment({ params: { key }, query: { count } }: IdRequest, reply: FastifyReply): Body {
    return count === undefined
      ? idBody(reply, this.segment.trySegmentId(key) ?? this.getSegmentId(key))
      : idsBody(reply, this.getSegmentIds(key, readCount(count)));
  }

  httpSnowflake({ params: { key }, query: { count } }: IdRequest, reply: FastifyReply): Body {
    return count === undefined
      ? idBody(reply, this.snowflake.trySnowflakeId(key) ?? this.getSnowflakeId(key))
      : idsBody(reply, this.getSnowflakeIds(key, readCount(count)));
  }

  @Get('api/snowflake/decode/:id')
  httpDecode(@Param('id') id: string): Promise<DecodedSnowflake> {
    return this.decodeSnowflakeId(id);
  }

  @MessagePattern(PATTERN.segmentGet)
  rpcSegment(@Payload() payload: GetRequest): Promise<string | string[]> {
    assertPayload(payload);
    const { key, count } = payload;
    return count === undefined ? this.getSegmentId(key) : this.getSegmentIds(key, count);
  }

  @MessagePattern(PATTERN.snowflakeGet)
  rpcSnowflake(@Payload() payload: GetRequest): Promise<string | string[]> {
    assertPayload(payload);
    const { key, count } = payload;
    return count === undefined ? this.getSnowflakeId(key) : this.getSnowflakeIds(key, count);
  }

  @MessagePattern(PATTERN.snowflakeDecode)
  rpcDecode(@Payload() payload: DecodeRequest): Promise<DecodedSnowflake> {
    assertPayload(payload);
    return this.decodeSnowflakeId(payload.id);
  }

  getSegmentId(key: string): Promise<string> {
    return this.segment.getSegmentId(key);
  }

  getSegmentIds(key: string, count: number): Promise<string[]> {
    return this.segment.getSegmentIds(key, count);
  }

  getSnowflakeId(key: string): Promise<string> {
    return this.snowflake.getSnowflakeId(key);
  }

  getSnowflakeIds(key: string, count: number): Promise<string[]> {
    return this.snowflake.getSnowflakeIds(key, count);
  }

  decodeSnowflakeId(id: string): Promise<DecodedSnowflake> {
    return this.snowflake.decodeSnowflakeId(id);
  }
}
