export { editDistance } from './edit-distance.js';
export { ERROR_CODES, isRetryable, type ErrorCode } from './error-codes.js';
export { IdunError, type IdunErrorOptions } from './idun-error.js';
export {
  MAX_COUNT,
  type DecodedSnowflake,
  type RangeLease,
  type RangeLeases,
  type ReturnedRange,
  type SegmentIds,
  type SnowflakeIds,
} from './ids.js';
export { assertCount, assertKey } from './key.js';
export {
  PATTERN,
  type DecodeRequest,
  type GetRequest,
  type LeaseRequest,
  type Problem,
  type ReturnRequest,
  type RpcError,
} from './messages.js';
