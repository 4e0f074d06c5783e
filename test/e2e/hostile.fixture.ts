import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { ERROR_CODES } from '../../libs/contracts/src/index.js';

/** The same each time, and another one: IDUN_TEST_SEED repeats what a failure prints. */
export const SEEDS = [1, Number(process.env['IDUN_TEST_SEED'] ?? Date.now() % 2 ** 31)];

/** After our end of a connection there is nothing to wait for. */
const HANG_MS = 8_000;

/**
 * Sends the chunks one by one, and gives what came until the server closed. What is still open after a quiet time waits
 * for more, and is told that there is none. Rejects where it does not close then.
 */
export function converse(
  port: number,
  chunks: readonly Buffer[],
  quietMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const received: Buffer[] = [];
    const end = () => socket.end();
    let quiet = setTimeout(end, quietMs);
    const hang = setTimeout(() => {
      socket.destroy();
      const sent = JSON.stringify(Buffer.concat(chunks).toString('latin1'));
      const got = Buffer.concat(received).toString();
      reject(new Error(`neither answered nor closed: ${sent} got ${got}`));
    }, quietMs + HANG_MS);
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk);
      clearTimeout(quiet);
      quiet = setTimeout(end, quietMs);
    });
    socket.on('end', end);
    socket.on('error', () => undefined); // a reset is a close
    socket.on('close', () => {
      clearTimeout(quiet);
      clearTimeout(hang);
      resolve(Buffer.concat(received).toString());
    });
    let next = 0;
    const writeNext = () => {
      const chunk = chunks[next++];
      if (chunk) socket.write(chunk, () => setImmediate(writeNext));
      else if (quietMs === 0) end();
    };
    writeNext();
  });
}

const INTERNALS = [
  /\n\s+at \S/,
  /node_modules|\.[cm]?[jt]s\b|node:/,
  /\/(home|root|usr|tmp|var|proc)\//,
  /\b\w+(Error|Exception|Controller|Service|Module)\b/,
  /fastify|nestjs|typeorm|libsql|sqlite/i,
  /\b(SELECT|UPDATE|INSERT|DELETE) \w+ /,
  /undefined|\[object /,
];

/** No answer tells how the service is made. */
export function assertNoInternals(answer: string): void {
  for (const pattern of INTERNALS) expect(answer).not.toMatch(pattern);
}

export interface HttpAnswer {
  status: number;
  type: string;
  body: string;
}

/** What stands in the bytes of a connection. Throws for what is no answer. */
export function httpAnswers(bytes: string): HttpAnswer[] {
  const answers: HttpAnswer[] = [];
  for (let rest = bytes; rest !== '';) {
    const [, status, head = ''] =
      /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n((?:[^\r]+\r\n)*)\r\n/.exec(rest) ?? [];
    if (status === undefined) throw new Error(`no HTTP answer: ${rest.slice(0, 200)}`);
    const from = rest.indexOf('\r\n\r\n') + 4;
    const length = Number(/^content-length: (\d+)\r$/im.exec(head)?.[1] ?? 0);
    const body = Buffer.from(rest.slice(from)).subarray(0, length).toString();
    rest = rest.slice(from + body.length);
    const type = /^content-type: (.*)\r$/im.exec(head)?.[1] ?? '';
    if (Number(status) >= 200) answers.push({ status: Number(status), type, body });
  }
  return answers;
}

/** Of the contract's shape where it is an error; gives the segment ids in it where it is none. */
export function assertHttpAnswer({ status, type, body }: HttpAnswer, isHead: boolean): string[] {
  if (status < 400) {
    if (body.startsWith('[')) return JSON.parse(body) as string[];
    return /^\d+$/.test(body) ? [body] : [];
  }
  expect(type).toBe('application/problem+json');
  if (isHead && body === '') return [];
  const problem = JSON.parse(body) as Record<string, unknown>;
  expect(problem).toMatchObject({ status, detail: expect.stringMatching(/^\S.*[.?]$/su) });
  expect(ERROR_CODES).toContain(problem['code']);
  expect(problem['code']).not.toBe('INTERNAL');
  return [];
}

export function rssMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}

/** One change to a text on its way: cut, doubled, swapped, stuffed, or a number made absurd. */
type Change = (bytes: Buffer) => Buffer;

const NUMBERS = [
  '0',
  '-1',
  '+1',
  '01',
  '1e3',
  '0x10',
  '4294967296',
  '99999999999999999999',
  '٣',
  '',
];

function replaceNumber(bytes: Buffer, nth: number, by: string): Buffer {
  const found = [...bytes.toString('latin1').matchAll(/\d+/g)];
  const match = found[nth % Math.max(1, found.length)];
  if (!match) return bytes;
  const after = bytes.subarray(match.index + match[0].length);
  return Buffer.concat([bytes.subarray(0, match.index), Buffer.from(by), after]);
}

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.nat().map((at) => (bytes: Buffer) => bytes.subarray(0, at % (bytes.length + 1))),
  fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 8 })).map(([at, stuffing]) => (bytes: Buffer) => {
    const place = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, place), stuffing, bytes.subarray(place)]);
  }),
  fc.tuple(fc.nat(), fc.nat({ max: 255 })).map(([at, byte]) => (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[at % copy.length] = byte;
    return copy;
  }),
  fc.tuple(fc.nat(), fc.nat({ max: 60 })).map(([at, length]) => (bytes: Buffer) => {
    const place = at % (bytes.length + 1);
    const end = bytes.subarray(0, place + length);
    return Buffer.concat([end, bytes.subarray(place)]); // that part twice
  }),
  fc.tuple(fc.nat(), fc.constantFrom(...NUMBERS)).map(
    ([nth, by]) =>
      (bytes: Buffer) =>
        replaceNumber(bytes, nth, by),
  ),
);

/** The bytes of some of the texts one after the other, changed at a few places, in chunks cut anywhere. */
export function damaged(texts: readonly string[]): fc.Arbitrary<Buffer[]> {
  return fc
    .tuple(
      fc.array(fc.constantFrom(...texts), { minLength: 1, maxLength: 4 }),
      fc.array(change, { maxLength: 3 }),
      fc.oneof(fc.constant('every'), fc.array(fc.nat(), { maxLength: 6 })),
    )
    .map(([parts, changes, cuts]) => {
      let bytes: Buffer = Buffer.from(parts.join(''));
      for (const each of changes) bytes = each(bytes);
      if (cuts === 'every') return Array.from(bytes.subarray(0, 400), (byte) => Buffer.of(byte));
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
      const sorted = places.toSorted((a, b) => a - b);
      return sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
    });
}
