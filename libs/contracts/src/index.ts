export { ERROR_CODES, isRetryable, type ErrorCode } from './error-codes.js';
export { IdunError, type IdunErrorOptions } from './idun-error.js';
export { MAX_COUNT, type DecodedSnowflake, type SegmentIds, type SnowflakeIds } from './ids.js';
export {
  PATTERN,
  type DecodeRequest,
  type GetRequest,
  type Problem,
  type RpcError,
} from './messages.js';
