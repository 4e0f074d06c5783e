export {
  ERROR_CODES,
  IdunError,
  isRetryable,
  MAX_COUNT,
  type DecodedSnowflake,
  type DecodeRequest,
  type ErrorCode,
  type GetRequest,
  type IdunErrorOptions,
  type LeaseRequest,
  type RangeLease,
  type ReturnedRange,
  type ReturnRequest,
  type SegmentIds,
  type SnowflakeIds,
} from '../../contracts/src/index.js';
export type { CallOptions } from './calls/call-options.js';
export type { Caller } from './calls/caller.port.js';
export type {
  ClientOptions,
  KeyOptions,
  NacosDiscoveryOptions,
  SegmentSettings,
  ServerOptions,
} from './client-options.js';
export { createClient } from './create-client.js';
export { ClientClosedError, NotReadyError, TransportError, UnsafeIdError } from './errors.js';
export { IdunClient } from './idun-client.js';
export type { ClientEvent, ClientEvents, ClientListener } from './observing/client-events.js';
export { BigintSegment } from './segment/bigint-segment.js';
export type { Lease } from './segment/lease-source.port.js';
export { LeasedRange } from './segment/leased-range.js';
export { LeasedSegment, MAX_TAKE } from './segment/leased-segment.js';
export type { LeaseSizeOptions } from './segment/lease-size.js';
export { NumberSegment } from './segment/number-segment.js';
export { DEFAULT_SEGMENT_OPTIONS, type SegmentOptions } from './segment/segment-options.js';
export type { IdKind, SegmentKinds } from './segment/segments.js';
export { StringSegment } from './segment/string-segment.js';
export { DiscoveryError } from './servers/discovery-error.js';
export type { Server } from './servers/server.js';
export { Snowflake, type SnowflakeCallOptions } from './snowflake.js';
export type { Calls, Pattern, Reply, Request } from './transport/connection.port.js';
