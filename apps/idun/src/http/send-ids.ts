import type { FastifyReply } from 'fastify';

/** One id as text; an id that a cache gave twice would not be one. */
export function sendId(reply: FastifyReply, id: string): void {
  void reply
    .header('content-type', 'text/plain; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(id);
}

/** Ids as a JSON array. They are digits, so nothing needs escaping and no serializer is asked. */
export function sendIds(reply: FastifyReply, ids: readonly string[]): void {
  void reply
    .header('content-type', 'application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(`["${ids.join('","')}"]`);
}
