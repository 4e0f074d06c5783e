import { IdunError } from '../../../contracts/src/index.js';
import type { Pattern, Request } from './connection.port.js';
import { fieldsOf } from './replies.js';

/** A server drops the connection, with all that is under way, for a frame of more than 1 MiB. */
const MAX_DATA_LENGTH = 1_024 * 1_024 - 200;

/** The answer to the call `id`: `err` where it failed, else `response`. */
export interface ReplyPacket {
  id: number;
  response: unknown;
  err: unknown;
}

/** What goes out for a call, as JSON. Throws `REQUEST_INVALID` where it is too long. */
export function dataOf<P extends Pattern>(pattern: P, request: Request<P>): string {
  const json = JSON.stringify(request, pattern === 'segment.return' ? ['leaseId', 'from'] : null);
  if (json.length <= MAX_DATA_LENGTH) return json;
  throw new IdunError('REQUEST_INVALID', `A request has at most ${MAX_DATA_LENGTH} characters.`);
}

/** `data` is JSON. */
export function requestFrame(id: number, pattern: Pattern, data: string): string {
  const packet = `{"pattern":"${pattern}","data":${data},"id":${id}}`;
  return `${packet.length}#${packet}`;
}

/** Throws at what no server sends to somebody who made the calls 1 to `lastId`. */
export function replyPacket(frame: string, lastId: number): ReplyPacket {
  const { id, response, err } = fieldsOf(JSON.parse(frame)) ?? {};
  const isKnown = Number.isInteger(id) && Number(id) >= 1 && Number(id) <= lastId;
  if (!isKnown) throw new Error('a reply to no call');
  return { id: Number(id), response, err };
}
