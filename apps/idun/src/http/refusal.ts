import { IdunError, type ErrorCode } from '#contracts';

import { methodNotAllowed, notFound, requestInvalid } from './http-error.js';
import type { RouteTable } from './route-table.js';

export interface Refusal {
  error: IdunError;
  /** Value of the `Allow` header, only with `METHOD_NOT_ALLOWED`. */
  allow?: string;
}

/** A path parameter that never got as far as its own validation fails with the code of that validation. */
const PARAM_CODES: ReadonlyMap<string, ErrorCode> = new Map([
  ['key', 'KEY_INVALID'],
  ['id', 'ID_INVALID'],
]);

/**
 * Why the router found no handler for a request. `isBadUrl` tells that it could not even decode the
 * path; otherwise there is no route, not for this method, or a parameter is empty.
 */
export function refusalOf(
  routes: RouteTable,
  method: string,
  target: string,
  isBadUrl: boolean,
): Refusal {
  const match = routes.match(target);
  if (match && !match.methods.has(method)) {
    return { error: methodNotAllowed(), allow: [...match.methods].toSorted().join(', ') };
  }
  const code = match?.badParam === undefined ? undefined : PARAM_CODES.get(match.badParam);
  if (code) {
    const detail = `The ${match?.badParam} in the path is empty or its percent-encoding is broken.`;
    return { error: new IdunError(code, detail) };
  }
  return { error: isBadUrl ? requestInvalid() : notFound() };
}
