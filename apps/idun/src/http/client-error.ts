import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { requestInvalid } from './http-error.js';
import { problemResponse } from './problem.js';

/** Set by node's HTTP server on the sockets it serves; the only way to tell whether an answer is due. */
interface ServedSocket extends Socket {
  _httpMessage?: ServerResponse | null;
}

const DETAILS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: 'The request line and headers are too long: shorten them.',
  ERR_HTTP_REQUEST_TIMEOUT: 'The request did not arrive in time: send it whole.',
};

/**
 * Answers a request that node's parser gave up on, and closes the connection.
 * Requests before it on the same connection get their answers first: a client matches answers to
 * requests by their order alone.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { _httpMessage: inFlight } = socket as ServedSocket;
  const detail = DETAILS[error.code ?? ''];
  if (!inFlight) endWithProblem(socket, detail);
  // It waits for the rest of this very request, which will not come.
  else if (!inFlight.req.complete && !inFlight.headersSent) refuse(inFlight, detail);
  else inFlight.once('finish', () => answerClientError(error, socket));
}

/** For what node would otherwise answer or drop by itself, before any handler: with its request parsed. */
export function answerUnroutable(_request: IncomingMessage, response: ServerResponse): void {
  refuse(response);
}

function refuse(response: ServerResponse, detail?: string): void {
  const { status, headers, body } = problemResponse(requestInvalid(detail));
  const length = String(Buffer.byteLength(body));
  response
    .writeHead(status, { ...headers, connection: 'close', 'content-length': length })
    .end(body);
}

export function endWithProblem(socket: Socket, detail?: string): void {
  const { status, headers, body } = problemResponse(requestInvalid(detail));
  const lines = Object.entries({
    ...headers,
    date: new Date().toUTCString(),
    connection: 'close',
    'content-length': String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  socket.destroySoon();
}
