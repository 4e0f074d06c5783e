import type { FastifyReply } from 'fastify';

/** What a handler returns to Fastify; a promise costs a tenth of a request. */
export type Body = string | Promise<string>;

/** One id as text. */
export function idBody(reply: FastifyReply, id: string | Promise<string>): Body {
  return typeof id === 'string' ? asText(reply, id) : id.then((later) => asText(reply, later));
}

/** Ids as a JSON array. They are digits, so nothing needs escaping and no serializer is asked. */
export async function idsBody(reply: FastifyReply, ids: Promise<string[]>): Promise<string> {
  const body = `["${(await ids).join('","')}"]`;
  void uncached(reply).header('content-type', 'application/json; charset=utf-8');
  return body;
}

/** Fastify itself declares a string to be plain text. */
function asText(reply: FastifyReply, id: string): string {
  void uncached(reply);
  return id;
}

/** An id that a cache gave twice would not be one. */
function uncached(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store');
}
