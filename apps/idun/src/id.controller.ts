import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { FastifyReply } from 'fastify';
import {
  PATTERN,
  type DecodedSnowflake,
  type DecodeRequest,
  type GetRequest,
  type SegmentIds,
  type SnowflakeIds,
} from '#contracts';
import { SEGMENT_MODE } from '#segment';
import { SNOWFLAKE_MODE } from '#snowflake';
import { readCount } from './http/count.js';
import { sendId, sendIds } from './http/send-ids.js';
import { assertPayload } from './rpc/payload.js';

/**
 * Both modes over both transports. To its callers it is what a local generator is: it implements the same
 * interfaces, as every client does.
 */
@Controller()
export class IdController implements SegmentIds, SnowflakeIds {
  constructor(
    @Inject(SEGMENT_MODE) private readonly segment: SegmentIds,
    @Inject(SNOWFLAKE_MODE) private readonly snowflake: SnowflakeIds,
  ) {}

  @Get('api/segment/get/:key')
  async httpSegment(
    @Param('key') key: string,
    @Query('count') count: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (count === undefined) sendId(reply, await this.getSegmentId(key));
    else sendIds(reply, await this.getSegmentIds(key, readCount(count)));
  }

  @Get('api/snowflake/get/:key')
  async httpSnowflake(
    @Param('key') key: string,
    @Query('count') count: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (count === undefined) sendId(reply, await this.getSnowflakeId(key));
    else sendIds(reply, await this.getSnowflakeIds(key, readCount(count)));
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
