import type { DecodedSnowflake } from '../../contracts/src/index.js';
import type { CallOptions } from './calls/call-options.js';
import type { RemoteIds } from './remote-ids.js';

export interface SnowflakeCallOptions extends CallOptions {
  /** Labels the caller in the server's metrics; `client` unless set. */
  key?: string;
}

/** Snowflake ids as bigints, each call one call of a server. No number can hold them. */
export class Snowflake {
  /** @internal */
  constructor(private readonly remote: RemoteIds) {}

  /** One id. Rejects with an `IdunError` of the server, a `TransportError`, or `ClientClosedError`. */
  async next({ key = 'client', ...options }: SnowflakeCallOptions = {}): Promise<bigint> {
    return BigInt(await this.remote.getSnowflakeId(key, options));
  }

  /** `count` ids, 1 to 10,000, ascending. Rejects as `next`. */
  async take(
    count: number,
    { key = 'client', ...options }: SnowflakeCallOptions = {},
  ): Promise<bigint[]> {
    return (await this.remote.getSnowflakeIds(key, count, options)).map(BigInt);
  }

  /** Takes an id apart by the layout of the server that is asked. Rejects as `next`, and with `ID_INVALID`. */
  async decode(id: bigint | string, options: CallOptions = {}): Promise<DecodedSnowflake> {
    return this.remote.decodeSnowflakeId(String(id), options);
  }
}
