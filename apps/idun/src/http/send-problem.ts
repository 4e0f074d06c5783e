import type { FastifyReply } from 'fastify';

import type { EdgeLog } from '../edge/edge-log.js';
import { healthReport, toIdunError } from './http-error.js';
import { problemResponse } from './problem.js';
import type { Refusal } from './refusal.js';

/** The one way an error leaves over HTTP, whichever layer it comes from. */
export function sendProblem(reply: FastifyReply, error: unknown, log: EdgeLog): void {
  if (reply.sent) return;
  const report = healthReport(error);
  if (report) {
    void reply
      .code(503)
      .headers({ 'cache-control': 'no-store' })
      .type('application/json')
      .send(report);
    return;
  }
  const known = toIdunError(error, log);
  log.failed?.(known.code);
  const { status, headers, body } = problemResponse(known);
  // As bytes: to a JSON type sent as text Fastify adds a charset, which the media type does not have.
  void reply.code(status).headers(headers).send(Buffer.from(body));
}

export function sendRefusal(reply: FastifyReply, refusal: Refusal, log: EdgeLog): void {
  if (refusal.allow !== undefined) void reply.header('allow', refusal.allow);
  sendProblem(reply, refusal.error, log);
}
