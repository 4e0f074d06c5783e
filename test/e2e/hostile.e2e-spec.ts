import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FrameReader } from '../../apps/idun/src/rpc/frame-reader.js';
import { ERROR_CODES } from '../../libs/contracts/src/index.js';
import { startIdun, type IdunServer } from '../../libs/testing/src/servers/index.js';
import {
  assertHttpAnswer,
  assertNoInternals,
  converse,
  damaged,
  httpAnswers,
  rssMegabytes,
  SEEDS,
} from './hostile.fixture.js';
import { hostilePacket, hostileRequest } from './hostile-requests.js';

/** What buffers, connections and compiled code may take; thousands of requests that leave a trace take more. */
const MAX_GROWTH_MB = 150;
const LIMIT_MS = 4_000;
/** Longer than any answer takes: those that are lost would be missed. */
const ANSWERED_MS = 1_000;
/** Where nothing that counts is asked for. */
const DAMAGED_MS = 200;

let idun: IdunServer;
let httpPort: number;
let rssBefore: number;
let ended = false;

const nextId = async () =>
  Number(await (await fetch(`${idun.httpUrl}/api/segment/get/default`)).text());

beforeAll(async () => {
  // Every id counts here: none may be refused because the machine is busy.
  idun = await startIdun({ env: { IDUN_MAX_LOOP_DELAY_MS: '0' } });
  void idun.exited.then(() => (ended = true));
  httpPort = Number(new URL(idun.httpUrl).port);
  await Promise.all(Array.from({ length: 200 }, nextId));
  rssBefore = rssMegabytes(idun.pid);
});
afterAll(() => idun.stop());

/** Runs the property with both seeds; gives how often. Ids that it hands on must be new, and nothing else may have been consumed. */
async function held<T>(
  input: fc.Arbitrary<T>,
  talk: (input: T) => Promise<readonly string[]>,
): Promise<number> {
  let runs = 0;
  const check = async (each: T) => {
    const before = await nextId();
    const ids = (await talk(each)).map(Number);
    expect(ended).toBe(false);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await nextId()).toBe(before + ids.length + 1);
    runs++;
  };
  for (const seed of SEEDS) {
    let last: Promise<void> = Promise.resolve();
    const property = fc.asyncProperty(input, (each) => (last = check(each)));
    // Not shrunk: a hang takes its time at each step.
    const limits = { interruptAfterTimeLimit: LIMIT_MS, endOnFailure: true };
    // oxlint-disable-next-line no-await-in-loop -- each counts what the node gives
    await fc.assert(property, { seed, numRuns: 40, ...limits });
    // oxlint-disable-next-line no-await-in-loop -- one that was interrupted goes on
    await last;
  }
  return runs;
}

/** Snowflake ids are far above those of a new counter. */
const isSegmentId = (id: string) => Number(id) < 2 ** 40;

const many = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 15, maxLength: 30 });

async function talkHttp(
  chunks: readonly Buffer[],
  quietMs: number,
  isHead = false,
): Promise<string[]> {
  const bytes = await converse(httpPort, chunks, quietMs);
  assertNoInternals(bytes);
  return httpAnswers(bytes)
    .flatMap((answer) => assertHttpAnswer(answer, isHead))
    .filter(isSegmentId);
}

it('answers every HTTP request with what it asked for or a problem of the contract', async () => {
  expect(
    await held(many(hostileRequest), async (requests) =>
      (
        await Promise.all(
          requests.map(({ text, method }) =>
            talkHttp([Buffer.from(text)], ANSWERED_MS, method === 'HEAD'),
          ),
        )
      ).flat(),
    ),
  ).toBeGreaterThan(0);
});

it('survives damaged HTTP, in chunks of any size', async () => {
  const requests = [
    'GET /api/segment/get/nobody?count=12 HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /api/snowflake/get/x?count=2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'GET /api/snowflake/decode/123456789 HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST /api/segment/lease/nobody?size=5 HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k1\r\nContent-Length: 0\r\n\r\n',
    'POST /api/segment/lease/nobody/return HTTP/1.1\r\nHost: a\r\nContent-Length: 26\r\n\r\n{"leaseId":"x","from":"10"}',
    'POST /api/segment/lease/nobody/return HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1b\r\n{"leaseId":"x","from":"10"}\r\n0\r\n\r\n',
    'GET /health/ready HTTP/1.0\r\n\r\n',
  ];
  expect(
    await held(many(damaged(requests)), async (all) =>
      (await Promise.all(all.map((chunks) => talkHttp(chunks, DAMAGED_MS)))).flat(),
    ),
  ).toBeGreaterThan(0);
});

it.each([
  ['is not chunked', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ['ends too early', 'Content-Length: 100\r\n\r\n{'],
])('answers a request whose body %s', async (_name, rest) => {
  const head = 'POST /api/segment/lease/nobody/return HTTP/1.1\r\nHost: a\r\n';
  const [answer] = httpAnswers(await converse(httpPort, [Buffer.from(head + rest)], DAMAGED_MS));
  expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('REQUEST_INVALID') });
});

interface Reply {
  err?: { code?: string; retryable?: unknown } | string;
  response?: unknown;
}

/** Segment ids in the replies to frames; every error is of the contract, or Nest's own of an unknown pattern. */
async function talkTcp(chunks: readonly Buffer[], quietMs: number): Promise<string[]> {
  const bytes = await converse(idun.tcpPort, chunks, quietMs);
  assertNoInternals(bytes.replaceAll('"id":"undefined"', ''));
  const reader = new FrameReader(1_024 * 1_024);
  reader.push(Buffer.from(bytes));
  const ids: string[] = [];
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
    const { err, response } = JSON.parse(frame) as Reply;
    if (typeof err === 'object') {
      expect(ERROR_CODES).toContain(err.code);
      expect(err.code).not.toBe('INTERNAL');
    }
    const values = [response].flat().filter((value) => typeof value === 'string');
    ids.push(...values.filter((value) => /^\d+$/.test(value) && isSegmentId(value)));
  }
  expect(reader.hasIncompleteFrame).toBe(false);
  return ids;
}

const frame = (packet: string) => `${packet.length}#${packet}`;

it('answers every packet over TCP that has an id, and consumes nothing for those that do not', async () => {
  expect(
    await held(many(fc.array(hostilePacket, { maxLength: 10 })), async (all) =>
      (
        await Promise.all(
          all.map((packets) => talkTcp([Buffer.from(packets.map(frame).join(''))], 0)),
        )
      ).flat(),
    ),
  ).toBeGreaterThan(0);
});

it('survives damaged frames, in chunks of any size', async () => {
  const packets = [
    '{"pattern":"segment.get","data":{"key":"nobody","count":3},"id":"1"}',
    '{"pattern":"snowflake.get","data":{"key":"ключ 你好 🦊"},"id":"ü"}',
    '{"pattern":"segment.return","data":{"leaseId":"x","from":"10"},"id":"3"}',
    '{"pattern":"segment.get","data":{"key":"nobody"}}',
    '{"pattern":"health","data":{},"id":4}',
  ];
  expect(
    await held(many(damaged(packets.map(frame))), async (all) =>
      (await Promise.all(all.map((chunks) => talkTcp(chunks, 0)))).flat(),
    ),
  ).toBeGreaterThan(0);
});

/** Sends a byte now and then; how long the server lets it. */
async function trickle(port: number, begin: string, more: string): Promise<number> {
  const socket = connect(port, '127.0.0.1').resume();
  socket.on('error', () => undefined);
  socket.write(begin);
  const startedAt = performance.now();
  const timer = setInterval(() => socket.write(more), 300);
  await new Promise((resolve) => socket.once('close', resolve));
  clearInterval(timer);
  return performance.now() - startedAt;
}

it('closes on whoever sends a byte now and then, once the time of a request or a frame is over', async () => {
  const times = await Promise.all([
    trickle(httpPort, 'GET /api/segment/get/default HTTP/1.1\r\nX: ', 'x'),
    trickle(httpPort, '', 'G'),
    trickle(idun.tcpPort, '500#', ' '),
    trickle(idun.tcpPort, '1', '\0'),
  ]);
  expect(Math.max(...times)).toBeLessThan(15_000);
});

it('is as before after all of that: it gives ids, and has grown by no more than its buffers', async () => {
  await sleep(500);
  expect(ended).toBe(false);
  expect(await nextId()).toBeGreaterThan(200);
  expect((await fetch(`${idun.httpUrl}/health/ready`)).status).toBe(200);
  expect(rssMegabytes(idun.pid) - rssBefore).toBeLessThan(MAX_GROWTH_MB);
  expect(idun.logs()).not.toMatch(/"reference"|uncaught|unhandled/i);
});
