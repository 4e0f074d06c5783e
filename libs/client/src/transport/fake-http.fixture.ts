import type { Socket } from 'node:net';
import type { Answer, Asked } from './fake-answer.fixture.js';

/** Calls `onAsked` for each request that arrives whole. */
export function readHttpRequests(socket: Socket, onAsked: (asked: Asked) => void): void {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    for (let end = endOfRequest(text); end !== undefined; end = endOfRequest(text)) {
      onAsked(readRequest(text.slice(0, end)));
      text = text.slice(end);
    }
  });
}

export function encodeHttp(_asked: Asked, answer: Exclude<Answer, string>): Buffer | string {
  if ('bytes' in answer) return answer.bytes;
  if ('value' in answer) {
    const { value } = answer;
    return typeof value === 'string'
      ? httpResponse('200 OK', 'content-type: text/plain', value)
      : httpResponse('200 OK', 'content-type: application/json', JSON.stringify(value));
  }
  const { code, text, retryable, retryAfter } = answer.refused;
  const headers = ['content-type: application/problem+json'];
  if (retryAfter !== undefined) headers.push(`retry-after: ${retryAfter}`);
  const body = JSON.stringify({ type: 'about:blank', status: 503, code, detail: text, retryable });
  return httpResponse('503 Service Unavailable', headers.join('\r\n'), body);
}

export function httpResponse(status: string, headers: string, body: string): string {
  return `HTTP/1.1 ${status}\r\n${headers}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function jsonOf(latin1: string): Asked['request'] {
  return JSON.parse(Buffer.from(latin1, 'latin1').toString()) as Asked['request'];
}

function endOfRequest(text: string): number | undefined {
  const endOfHead = text.indexOf('\r\n\r\n');
  if (endOfHead < 0) return undefined;
  const length = Number(/^content-length: (\d+)/im.exec(text.slice(0, endOfHead))?.[1] ?? 0);
  const end = endOfHead + 4 + length;
  return end <= text.length ? end : undefined;
}

function readRequest(text: string): Asked {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [, method, path = '', query] = /^(\w+) ([^ ?]*)(?:\?([^ ]*))? HTTP\/1.1/.exec(head) ?? [];
  const [, api, mode, verb, name = '', last, ...more] = path.split('/');
  if (api !== 'api' || more.length > 0) throw new Error(`no route: ${head}`);
  const key = decodeURIComponent(name);
  const parameters = Object.fromEntries(
    [...new URLSearchParams(query)].map(([parameter, value]) => [parameter, Number(value)]),
  );
  const requestId = /^idempotency-key: (.*)$/im.exec(head)?.[1];
  const call = `${method} ${mode} ${verb} ${last ?? ''}`.trim();
  switch (call) {
    case 'GET segment get':
    case 'GET snowflake get':
      return { head, pattern: `${mode}.get`, request: { key, ...parameters } };
    case 'GET snowflake decode':
      return { head, pattern: 'snowflake.decode', request: { id: key } };
    case 'POST segment lease': {
      const request = { key, ...parameters, ...(requestId !== undefined && { requestId }) };
      return { head, pattern: 'segment.lease', request };
    }
    case 'POST segment lease return':
      return { head, pattern: 'segment.return', request: jsonOf(body) };
    default:
      throw new Error(`no route: ${call}`);
  }
}
