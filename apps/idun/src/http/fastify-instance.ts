import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { fastify, LogController } from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { EdgeLog } from '../edge/edge-log.js';
import type { LoadGate } from '../edge/load-gate.js';
import { answerClientError, answerUnroutable, endWithProblem } from './client-error.js';
import { ConnectionLimits } from './connection-limits.js';
import { answerOverloaded, isIdCall } from './overloaded.js';
import { refusalOf } from './refusal.js';
import { RouteTable } from './route-table.js';
import { sendProblem, sendRefusal } from './send-problem.js';

export interface RequestLine {
  method: string;
  url: string;
  status: number;
  durationMs: number;
}

/**
 * A key of 10,000 code points must reach our own validation: at four bytes each, percent-encoded
 * to three characters a byte, that is 120,000 characters of request line; the rest is for headers.
 */
const MAX_HEADER_BYTES = 160 * 1_024;

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Later than the times above, which are answered. */
const STALLED_AFTER_MS = 40_000;
/** Longer than the idle time of common load balancers, so that they close first and never race us. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** How often node looks for requests over their time; its default of 30 s would treble the limits. */
const TIMEOUT_CHECK_MS = 2_000;

type Refuse = (request: FastifyRequest, reply: FastifyReply, isBadUrl: boolean) => void;

export interface FastifyOptions {
  log: EdgeLog;
  /** One line per answered request; give it at log level debug only, it costs on every request. */
  logRequest?: (line: RequestLine) => void;
  /** Without it all calls are taken on. */
  gate?: LoadGate;
  /** A connection on which so long nothing moves, although an answer is owed or not read, is dropped. */
  stalledAfterMs?: number;
}

export function createFastify({
  log,
  logRequest,
  gate,
  stalledAfterMs = STALLED_AFTER_MS,
}: FastifyOptions): FastifyInstance {
  const routes = new RouteTable();
  const refuse: Refuse = ({ raw }, reply, isBadUrl) =>
    sendRefusal(reply, refusalOf(routes, raw.method ?? '', raw.url ?? '', isBadUrl), log);
  const instance = fastify({
    exposeHeadRoutes: false,
    return503OnClosing: false,
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength: MAX_HEADER_BYTES },
    connectionTimeout: stalledAfterMs,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      // Node's own refusal has no body: see answerUnroutable.
      requireHostHeader: false,
    },
    clientErrorHandler: answerClientError,
    frameworkErrors: (_error, request, reply) => refuse(request, reply, true),
  });
  instance.removeAllContentTypeParsers();
  instance.addHook('onRoute', ({ method, url }) => routes.add(method, url));
  handleErrors(instance, refuse, log);
  guardServer(instance, gate, new ConnectionLimits(log));
  if (logRequest) addRequestLog(instance, logRequest);
  return instance;
}

function handleErrors(instance: FastifyInstance, refuse: Refuse, log: EdgeLog): void {
  instance.setNotFoundHandler((request, reply) => refuse(request, reply, false));
  instance.setErrorHandler((error, request, reply) => {
    // The body of a request that has no route is nobody's: what is wrong is the route, not the body.
    if (request.is404) refuse(request, reply, false);
    else sendProblem(reply, error, log);
  });
}

/** What node's server decides before any Fastify code: it would answer without a body, or just hang up. */
function guardServer(
  instance: FastifyInstance,
  gate: LoadGate | undefined,
  limits: ConnectionLimits,
): void {
  const { server } = instance;
  server.on('timeout', (socket: Socket) => limits.timedOut(socket));
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (limits.isTooDeep(request, response)) return;
    if (!isRoutable(request)) answerUnroutable(request, response);
    else if (gate && isIdCall(request.url ?? '')) routeIfRoom(instance, gate, request, response);
    else instance.routing(request, response);
  });
  server.on('checkExpectation', answerUnroutable);
  server.on('connect', (_request, socket: Socket) => endWithProblem(socket));
}

/** Refused before any routing: under overload it is refusals that have to be cheap. */
function routeIfRoom(
  instance: FastifyInstance,
  gate: LoadGate,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (gate.refuses()) {
    answerOverloaded(response);
    return;
  }
  instance.routing(request, response);
  // Most are answered by now: only the others are in flight.
  if (response.writableEnded) return;
  gate.begin();
  response.once('close', () => gate.end());
}

/** The router would take any first character of a target for the slash, `*api/…` as `/api/…`. */
function isRoutable({ headers, httpVersion, url = '' }: IncomingMessage): boolean {
  if (headers.host === undefined && httpVersion === '1.1') return false;
  return url.startsWith('/') || /^https?:\/\//i.test(url);
}

function addRequestLog(instance: FastifyInstance, logRequest: (line: RequestLine) => void): void {
  instance.addHook('onResponse', (request, reply, done) => {
    logRequest({
      method: request.method,
      url: request.url,
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
    });
    done();
  });
}
