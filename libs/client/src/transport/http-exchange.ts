import { request as httpRequest, type Agent, type IncomingMessage } from 'node:http';
import { TransportError } from '../errors.js';
import { nameOf, type Server } from '../servers/server.js';
import type { HttpRequest } from './http-request.js';

/** The whole of an answer. */
export interface HttpAnswer {
  status: number;
  retryAfter: string | undefined;
  text: string;
}

/** The longest is that of 10,000 ids, some 220,000 bytes. */
const MAX_BODY_BYTES = 4 * 1_024 * 1_024;

/** How a server is reached, and what ends each call that is under way. */
export interface HttpWay {
  agent: Agent;
  server: Server;
  open: Set<(reason: Error) => void>;
}

/** Rejects with a `TransportError`, or with the reason of `signal`, which ends the socket. */
export function exchange(
  { agent, server, open }: HttpWay,
  { method, path, headers, body }: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { host, port } = server;
    const request = httpRequest({ agent, host, port, method, path, ...(headers && { headers }) });
    let hasResponse = false;
    const abort = () => fail(signal.reason as Error);
    const settle = () => {
      signal.removeEventListener('abort', abort);
      open.delete(fail);
    };
    const fail = (reason: Error) => {
      settle();
      reject(reason);
      request.destroy();
    };
    const broken = (cause?: Error) => fail(brokenOff(server, cause));
    signal.addEventListener('abort', abort);
    open.add(fail);
    request.on('error', broken);
    request.on('response', (response) => {
      hasResponse = true;
      readAnswer(response, server).then((answer) => {
        settle();
        resolve(answer);
      }, fail);
    });
    // Without an error where the answer is a change of protocols.
    request.on('close', () => {
      if (!hasResponse) broken();
    });
    request.end(body);
  });
}

async function readAnswer(response: IncomingMessage, server: Server): Promise<HttpAnswer> {
  const { headers, statusCode = 0 } = response;
  // An answer that only the end of the connection ends may be a part of one: half an id is an id.
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
    throw new TransportError(`${nameOf(server)} did not say how long its answer is.`);
  }
  const text = await readBody(response, server);
  return { status: statusCode, retryAfter: headers['retry-after'], text };
}

function readBody(response: IncomingMessage, server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const broken = (cause?: Error) => reject(brokenOff(server, cause));
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_BODY_BYTES) {
        reject(new TransportError(`${nameOf(server)} answered more than ${MAX_BODY_BYTES} bytes.`));
      }
    });
    response.on('error', broken);
    response.on('close', broken);
    response.on('end', () => resolve(Buffer.concat(chunks).toString()));
  });
}

function brokenOff(server: Server, cause: Error | undefined): TransportError {
  const why = cause ? `: ${cause.message}` : '';
  return new TransportError(`${nameOf(server)} gave no whole answer${why}.`, { cause });
}
