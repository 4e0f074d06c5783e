import type { Socket } from 'node:net';
import type { Answer, Asked } from './fake-answer.fixture.js';

/** As Nest's own socket reads: the whole is text, a length counts its UTF-16 code units. */
export function readTcpRequests(socket: Socket, onAsked: (asked: Asked) => void): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    text += String(chunk);
    for (let hash = text.indexOf('#'); hash > 0; hash = text.indexOf('#')) {
      const end = hash + 1 + Number(text.slice(0, hash));
      if (end > text.length) return;
      const { pattern, data, id } = JSON.parse(text.slice(hash + 1, end)) as {
        pattern: string;
        data: Asked['request'];
        id: unknown;
      };
      text = text.slice(end);
      onAsked({ pattern, request: data, id });
    }
  });
}

export function encodeTcp({ id }: Asked, answer: Exclude<Answer, string>): Buffer | string {
  if ('bytes' in answer) return answer.bytes;
  if ('value' in answer) return tcpFrame({ response: answer.value, isDisposed: true, id });
  const { code, text, retryable } = answer.refused;
  return tcpFrame({ err: { code, message: text, retryable }, isDisposed: true, id });
}

export function tcpFrame(packet: unknown): string {
  const text = JSON.stringify(packet);
  return `${text.length}#${text}`;
}
