import type { ErrorCode } from './error-codes.js';

/** The message patterns of the Nest TCP transport. */
export const PATTERN = {
  segmentGet: 'segment.get',
  snowflakeGet: 'snowflake.get',
  snowflakeDecode: 'snowflake.decode',
  health: 'health',
} as const;

/** Payload of `segment.get` and `snowflake.get`; without `count` the reply is one string, else an array. */
export interface GetRequest {
  key: string;
  count?: number;
}

/** Payload of `snowflake.decode`. */
export interface DecodeRequest {
  id: string;
}

/** What a failed message call rejects with. */
export interface RpcError {
  code: ErrorCode;
  message: string;
  retryable: boolean;
}

/** Body of a failed HTTP call, `application/problem+json` (RFC 9457). */
export interface Problem {
  type: 'about:blank';
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  retryable: boolean;
}
