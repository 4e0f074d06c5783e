import type { ServerResponse } from 'node:http';
import { nodeOverloaded } from '../edge/node-overloaded.js';
import { problemResponse } from './problem.js';

const { status, headers, body } = problemResponse(nodeOverloaded());
const HEADERS = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)) });

/** What gives ids. Health, metrics and admin routes are answered under any load. */
const ID_ROUTES = /^(?:https?:\/\/[^/]*)?\/api\/(?:segment|snowflake)\//i;

export function isIdCall(url: string): boolean {
  return ID_ROUTES.test(url);
}

/** Made ahead: under overload this is what a node does most. */
export function answerOverloaded(response: ServerResponse): void {
  response.writeHead(status, HEADERS.flat()).end(body);
}
