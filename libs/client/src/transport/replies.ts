import {
  ERROR_CODES,
  IdunError,
  type DecodedSnowflake,
  type RangeLease,
  type ReturnedRange,
} from '../../../contracts/src/index.js';
import { TransportError } from '../errors.js';
import type { Calls, Pattern, Reply, Request } from './connection.port.js';

type Fields = Readonly<Record<string, unknown>>;

type Readers = {
  [P in Pattern]: (value: unknown, request: Calls[P]['request']) => Calls[P]['reply'] | undefined;
};

/** Undefined for what is no reply to the request. */
const READERS: Readers = {
  'segment.get': readIds,
  'segment.lease': readLease,
  'segment.return': readReturned,
  'snowflake.get': readIds,
  'snowflake.decode': readDecoded,
};

/**
 * A reply as idun gives it to this request, and nothing else that may listen on its port.
 * @throws TransportError
 */
export function readReply<P extends Pattern>(
  pattern: P,
  request: Request<P>,
  value: unknown,
  from: string,
): Reply<P> {
  const reply = READERS[pattern](value, request);
  if (reply === undefined) throw new TransportError(`${from} gave no valid reply to ${pattern}.`);
  return reply;
}

export interface Failure {
  code: unknown;
  text: unknown;
  retryable: unknown;
  retryAfterMs?: number | undefined;
}

/** What a call rejects with that a server refused. A code unknown here is one of a later version. */
export function failureOf({ code, text, retryable, retryAfterMs }: Failure, from: string): Error {
  if (typeof code !== 'string' || typeof text !== 'string' || typeof retryable !== 'boolean') {
    return new TransportError(`${from} answered with an error that is not one of idun.`);
  }
  const known = ERROR_CODES.find((each) => each === code);
  if (known) return new IdunError(known, text, retryAfterMs === undefined ? {} : { retryAfterMs });
  const message = `${from} answered ${code}: ${text}`;
  return retryable ? new TransportError(message) : new IdunError('INTERNAL', message);
}

/** Undefined for what is no JSON object. */
export function fieldsOf(value: unknown): Fields | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Fields) : undefined;
}

function readIds(value: unknown, { count }: { count?: number }): string | string[] | undefined {
  if (count === undefined) return isId(value) ? value : undefined;
  if (!Array.isArray(value) || value.length !== count) return undefined;
  return value.every(isId) ? value : undefined;
}

function readLease(value: unknown, request: { key: string; size: number }): RangeLease | undefined {
  const { key, start, end, leaseId } = fieldsOf(value) ?? {};
  if (key !== request.key || typeof leaseId !== 'string' || leaseId === '') return undefined;
  if (!isId(start) || !isId(end)) return undefined;
  return BigInt(end) - BigInt(start) === BigInt(request.size)
    ? { key: request.key, start, end, leaseId }
    : undefined;
}

function readReturned(value: unknown): ReturnedRange | undefined {
  const { returned } = fieldsOf(value) ?? {};
  return isCount(returned) ? { returned } : undefined;
}

function readDecoded(value: unknown): DecodedSnowflake | undefined {
  const { timestamp, time, workerId, datacenterId, sequence } = fieldsOf(value) ?? {};
  if (!isInteger(timestamp) || typeof time !== 'string') return undefined;
  if (!isCount(workerId) || !isCount(sequence)) return undefined;
  const decoded = { timestamp, time, workerId, sequence };
  if (datacenterId === undefined) return decoded;
  return isCount(datacenterId) ? { ...decoded, datacenterId } : undefined;
}

const HIGHEST_ID = String(2n ** 63n - 1n);

function isId(value: unknown): value is string {
  if (typeof value !== 'string' || !/^[1-9]\d{0,18}$/.test(value)) return false;
  return value.length < HIGHEST_ID.length || value <= HIGHEST_ID;
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isCount(value: unknown): value is number {
  return isInteger(value) && value >= 0;
}
