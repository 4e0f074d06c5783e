import { IdunError } from '../../../contracts/src/index.js';
import type { Calls, Pattern, Request } from './connection.port.js';

/** What is sent for a call. `path` is the raw target: a URL parser would eat the dots of a key `..`. */
export interface HttpRequest {
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

type Routes = { [P in Pattern]: (request: Calls[P]['request']) => HttpRequest };

const ROUTES: Routes = {
  'segment.get': (request) => getRequest('segment', request),
  'segment.lease': ({ key, size, requestId }) => ({
    method: 'POST',
    path: `/api/segment/lease/${encoded(key, 'KEY_INVALID')}?size=${size}`,
    ...(requestId !== undefined && { headers: { 'idempotency-key': printable(requestId) } }),
  }),
  'segment.return': ({ key, leaseId, from }) => ({
    method: 'POST',
    path: `/api/segment/lease/${encoded(key, 'KEY_INVALID')}/return`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ leaseId, from }),
  }),
  'snowflake.get': (request) => getRequest('snowflake', request),
  'snowflake.decode': ({ id }) => ({
    method: 'GET',
    path: `/api/snowflake/decode/${encoded(id, 'ID_INVALID')}`,
  }),
};

/** @throws the `IdunError` that the server would answer, for what cannot be sent */
export function httpRequest<P extends Pattern>(pattern: P, request: Request<P>): HttpRequest {
  return ROUTES[pattern](request);
}

function getRequest(mode: string, { key, count }: { key: string; count?: number }): HttpRequest {
  const query = count === undefined ? '' : `?count=${count}`;
  return { method: 'GET', path: `/api/${mode}/get/${encoded(key, 'KEY_INVALID')}${query}` };
}

function encoded(text: string, code: 'KEY_INVALID' | 'ID_INVALID'): string {
  try {
    return encodeURIComponent(text);
  } catch {
    throw new IdunError(code, 'It holds half of a character: a surrogate without the other.');
  }
}

/** Node throws at characters that no header has. */
function printable(requestId: string): string {
  if (/^[\x20-\x7e]*$/.test(requestId)) return requestId;
  throw new IdunError('REQUEST_INVALID', 'A request id consists of printable ASCII characters.');
}
