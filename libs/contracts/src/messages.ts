import type { ErrorCode } from './error-codes.js';

/** The message patterns of the Nest TCP transport. */
export const PATTERN = {
  segmentGet: 'segment.get',
  segmentLease: 'segment.lease',
  segmentReturn: 'segment.return',
  snowflakeGet: 'snowflake.get',
  snowflakeDecode: 'snowflake.decode',
  health: 'health',
} as const;

/** Payload of `segment.get` and `snowflake.get`; without `count` the reply is one string, else an array. */
export interface GetRequest {
  key: string;
  count?: number;
}

/** Payload of `segment.lease`; a call that is repeated under the same `requestId` gets the same range. */
export interface LeaseRequest {
  key: string;
  size: number;
  requestId?: string;
}

/** Payload of `segment.return`, and body of the HTTP route. */
export interface ReturnRequest {
  leaseId: string;
  /** The first id that was not used. */
  from: string;
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
