import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIdun, type IdunServer } from '../../libs/testing/src/servers/index.js';
import { httpCaller, idsOf, tcpCaller, type Caller } from './clients.js';

let idun: IdunServer;
let callers: { http: Caller; tcp: Caller };

beforeAll(async () => {
  idun = await startIdun();
  callers = { http: httpCaller(idun.httpUrl), tcp: tcpCaller(idun.tcpPort) };
});

afterAll(async () => {
  callers.tcp.close();
  await idun.stop();
});

describe.each(['http', 'tcp'] as const)('over %s', (transport) => {
  const caller = () => callers[transport];

  it('gives segment ids that increase by one', async () => {
    const first = BigInt(idsOf(await caller().get('segment', 'default'))[0]!);
    const second = BigInt(idsOf(await caller().get('segment', 'default'))[0]!);
    expect(second).toBe(first + 1n);
  });

  it.each(['segment', 'snowflake'] as const)('gives many %s ids, ascending', async (mode) => {
    const outcome = await caller().get(mode, 'default', 10_000);
    const ids = idsOf(outcome).map(BigInt);
    expect(ids).toHaveLength(10_000);
    expect(ids.every((id, i) => i === 0 || id > ids[i - 1]!)).toBe(true);
  });

  it('gives an array for a count of one', async () => {
    expect(await caller().get('snowflake', 'x', 1)).toEqual({ ids: [expect.any(String)] });
  });

  it('decodes a snowflake id', async () => {
    const [id] = idsOf(await caller().get('snowflake', 'any-label'));
    const decoded = (await caller().decode(id!)) as { timestamp: number; time: string };
    expect(decoded).toEqual({
      timestamp: expect.any(Number),
      time: new Date(decoded.timestamp).toISOString(),
      workerId: 0,
      sequence: expect.any(Number),
    });
    expect(Math.abs(decoded.timestamp - Date.now())).toBeLessThan(5_000);
    expect(await caller().decode('9223372036854775808')).toEqual({
      code: 'ID_INVALID',
      retryable: false,
    });
  });

  it.each([0, -1, 1.5, 10_001])('refuses a count of %d', async (count) => {
    expect(await caller().get('segment', 'default', count)).toEqual({
      code: 'COUNT_INVALID',
      retryable: false,
    });
  });

  it('never creates a key by reading', async () => {
    const refused = { code: 'KEY_NOT_FOUND', retryable: false };
    expect(await caller().get('segment', 'nobody')).toEqual(refused);
    expect(await caller().get('segment', 'nobody', 5)).toEqual(refused);
  });
});

describe('keys behave alike on both transports', () => {
  const keys = [
    ['dots', 'order.v1'],
    ['leading dots', '..a'],
    ['colons', 'a:b'],
    ['semicolons', 'a;b=c'],
    ['a slash', 'a/b'],
    ['a question mark and a hash', 'a?b#c'],
    ['a percent sign', '%zz'],
    ['an encoded slash', '%2F'],
    ['a plus', 'a+b'],
    ['inner white space', 'a b'],
    ['UTF-8', '订单-é'],
    ['128 characters', 'k'.repeat(128)],
    ['128 emoji', '😀'.repeat(128)],
    ['a prototype name', '__proto__'],
    ['a quote', "o'clock"],
  ] as const;

  it.each(keys)('%s is a key that does not exist, and a label', async (_name, key) => {
    for (const caller of Object.values(callers)) {
      // oxlint-disable-next-line no-await-in-loop -- one transport after the other
      expect(await caller.get('segment', key)).toEqual({ code: 'KEY_NOT_FOUND', retryable: false });
      // oxlint-disable-next-line no-await-in-loop
      expect(await caller.get('snowflake', key)).toEqual({ ids: expect.any(String) });
    }
  });

  it.each([
    ['no character', ''],
    ['a zero character', 'a\u0000b'],
    ['a line break', 'a\nb'],
    ['white space at its ends', ' a '],
    ['129 characters', 'k'.repeat(129)],
    ['10,000 characters', 'k'.repeat(10_000)],
    ['10,000 characters of four bytes', '😀'.repeat(10_000)],
  ])('%s is no key', async (_name, key) => {
    for (const caller of Object.values(callers)) {
      for (const mode of ['segment', 'snowflake'] as const) {
        // oxlint-disable-next-line no-await-in-loop -- one transport after the other
        expect(await caller.get(mode, key)).toEqual({ code: 'KEY_INVALID', retryable: false });
      }
    }
  });
});
