import {
  assertCount,
  assertKey,
  type DecodedSnowflake,
  type SegmentIds,
  type SnowflakeIds,
} from '../../contracts/src/index.js';
import type { CallOptions } from './calls/call-options.js';
import type { Caller } from './calls/caller.port.js';

/** Ids that a server issues, one call for each. */
export class RemoteIds implements SegmentIds, SnowflakeIds {
  constructor(private readonly caller: Caller) {}

  getSegmentId(key: string, options?: CallOptions): Promise<string> {
    return this.one('segment.get', key, options);
  }

  getSegmentIds(key: string, count: number, options?: CallOptions): Promise<string[]> {
    return this.many('segment.get', key, count, options);
  }

  getSnowflakeId(key: string, options?: CallOptions): Promise<string> {
    return this.one('snowflake.get', key, options);
  }

  getSnowflakeIds(key: string, count: number, options?: CallOptions): Promise<string[]> {
    return this.many('snowflake.get', key, count, options);
  }

  decodeSnowflakeId(id: string, options?: CallOptions): Promise<DecodedSnowflake> {
    return this.caller.call('snowflake.decode', { id }, options);
  }

  private async one(pattern: GetPattern, key: string, options?: CallOptions): Promise<string> {
    assertKey(key);
    return (await this.caller.call(pattern, { key }, options)) as string;
  }

  private async many(
    pattern: GetPattern,
    key: string,
    count: number,
    options?: CallOptions,
  ): Promise<string[]> {
    assertKey(key);
    assertCount(count);
    return (await this.caller.call(pattern, { key, count }, options)) as string[];
  }
}

type GetPattern = 'segment.get' | 'snowflake.get';
