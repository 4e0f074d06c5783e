import { describe, expect, it } from 'vitest';
import { IdunError, type ErrorCode } from '../../../contracts/src/index.js';
import { TransportError } from '../errors.js';
import type { Pattern } from '../transport/connection.port.js';
import { server, settledOf, startPool } from './pool.fixture.js';

const three = [server('a'), server('b'), server('c')];
const key = { key: 'k' };
const refused = new TransportError('connection refused');
const failure = (code: ErrorCode, retryAfterMs?: number) =>
  new IdunError(code, `It is ${code}.`, retryAfterMs === undefined ? {} : { retryAfterMs });
/** The first server chosen is always the last of the list. */
const last = () => 0;

describe('a failure of one attempt', () => {
  it.each([
    ['a broken connection', refused, true],
    ['SHUTTING_DOWN', failure('SHUTTING_DOWN'), true],
    ['STORE_UNAVAILABLE', failure('STORE_UNAVAILABLE'), false],
    ['WORKER_LEASE_LOST', failure('WORKER_LEASE_LOST'), false],
    ['WORKER_IDS_EXHAUSTED', failure('WORKER_IDS_EXHAUSTED'), false],
    ['OVERLOADED', failure('OVERLOADED'), false],
    ['SEGMENT_NOT_READY', failure('SEGMENT_NOT_READY'), false],
    ['CLOCK_BACKWARDS', failure('CLOCK_BACKWARDS'), false],
    ['CLOCK_UNTRUSTED', failure('CLOCK_UNTRUSTED'), false],
  ])('%s: another server is asked at once; ejected: %3$s', async (_name, error, ejects) => {
    const { pool, nodes, clock, told } = startPool(three, {}, last);
    nodes.behaviours.set('c', error);
    const call = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(0);
    expect(call.value).toBe('b:1');
    expect(told.lines.slice(1)).toEqual([
      ...(ejects ? ['ejected c for 1000'] : []),
      `attempt of segment.get failed at c: ${error.message}`,
      'segment.get ok 2',
    ]);
    void pool.call('segment.get', key);
    await clock.advance(0);
    expect(nodes.countOf('c')).toBe(ejects ? 1 : 2);
  });

  it.each(['KEY_NOT_FOUND', 'SIZE_INVALID', 'IDEMPOTENCY_CONFLICT', 'INTERNAL'] as const)(
    '%s: rejected at once',
    async (code) => {
      const { pool, nodes, clock, told } = startPool(three, {}, last);
      nodes.behaviours.set('c', failure(code));
      const call = settledOf(pool.call('segment.get', key), clock);
      await clock.advance(0);
      expect(call.error).toBe(nodes.behaviours.get('c'));
      expect(nodes.calls).toEqual(['c:1']);
      expect(told.lines.slice(1)).toEqual([`segment.get ${code} 1`]);
    },
  );

  it('a bug in the connection: rejected at once, the server is not to blame', async () => {
    const { pool, nodes, clock, told } = startPool(three, {}, last);
    nodes.behaviours.set('c', new RangeError('bug'));
    const call = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(0);
    expect(call.error).toBeInstanceOf(RangeError);
    expect(told.lines.slice(1)).toEqual(['segment.get INTERNAL 1']);
  });

  it('of one pattern keeps no other away', async () => {
    const { pool, nodes, clock } = startPool(three, {}, last);
    const lost = (pattern: Pattern) =>
      pattern === 'snowflake.get' ? failure('WORKER_LEASE_LOST') : undefined;
    nodes.behaviours.set('c', lost);
    const snowflake = settledOf(pool.call('snowflake.get', key), clock);
    await clock.advance(0);
    const segment = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(0);
    expect([snowflake.value, segment.value]).toEqual(['b:1', 'c:1']);
  });
});

describe('a server that says nothing', () => {
  it('is given up after the attempt timeout, ejected, and probed', async () => {
    const { pool, nodes, clock, told } = startPool(three, { attemptTimeoutMs: 300 }, last);
    nodes.behaviours.set('c', 'silent');
    const call = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(299);
    expect(nodes.calls).toEqual(['c:1']);
    await clock.advance(1);
    expect(call.value).toBe('b:1');
    expect(told.lines).toContain('ejected c for 1000');
    nodes.behaviours.set('c', 'ok');
    await clock.advance(1_000);
    const probe = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(0);
    expect(probe.value).toBe('c:1');
    expect(told.lines.slice(-2)).toEqual(['restored c', 'segment.get ok 1']);
  });

  it('is ejected too where no caller can wait so long', async () => {
    const { pool, nodes, clock, told } = startPool(three, {}, last);
    nodes.behaviours.set('c', 'silent');
    for (let call = 0; call < 3; call++) {
      const hasty = settledOf(pool.call('segment.get', key, { deadlineMs: 350 }), clock);
      // oxlint-disable-next-line no-await-in-loop -- one call after the other
      await clock.advance(350);
      expect(hasty.error === undefined).toBe(call === 2);
    }
    expect(told.lines.filter((line) => line.startsWith('ejected'))).toEqual(['ejected c for 1000']);
  });
});

describe('kill of one of three under concurrent calls', () => {
  it.each(['silent', refused] as const)('%s: no call fails within 2 s', async (dead) => {
    const { pool, nodes, clock, told } = startPool(three);
    nodes.answerMs = 5;
    const calls = [];
    for (let turn = 0; turn < 400; turn++) {
      if (turn === 100) nodes.behaviours.set('b', dead);
      for (let each = 0; each < 5; each++) {
        calls.push(settledOf(pool.call('segment.get', key), clock));
      }
      // oxlint-disable-next-line no-await-in-loop -- load over time
      await clock.advance(10);
    }
    await clock.advance(2_000);
    expect(calls.filter(({ value }) => value === undefined)).toEqual([]);
    expect(told.lines.filter((line) => line.startsWith('ejected'))).toEqual([
      'ejected b for 1000',
      'ejected b for 2000',
    ]);
  });
});

describe('when every server has failed', () => {
  it('pauses 50 ms, doubling to 500 ms, between rounds', async () => {
    const { pool, nodes, clock } = startPool([server('a')], {}, () => 0.999_999);
    nodes.behaviours.set('a', refused);
    const times: number[] = [];
    const begin = clock.monotonicMs();
    settledOf(pool.call('segment.get', key, { deadlineMs: 2_000 }), clock);
    for (let ms = 0; ms < 2_000; ms++) {
      // oxlint-disable-next-line no-await-in-loop -- looks at each millisecond
      await clock.advance(1);
      if (nodes.calls.length > times.length) times.push(clock.monotonicMs() - begin - 1);
    }
    expect(times).toEqual([0, 49, 149, 349, 749, 1_249, 1_749]);
  });

  it('asks again no earlier than the first server wants, where the deadline allows it', async () => {
    const { pool, nodes, clock } = startPool(three);
    nodes.behaviours.set('a', failure('OVERLOADED', 900));
    nodes.behaviours.set('b', failure('OVERLOADED', 600));
    nodes.behaviours.set('c', failure('OVERLOADED', 5_000));
    settledOf(pool.call('segment.get', key), clock);
    await clock.advance(599);
    expect(nodes.calls).toHaveLength(3);
    await clock.advance(1);
    expect(nodes.calls).toHaveLength(6);
  });

  it('does not wait for a time after the deadline', async () => {
    const { pool, nodes, clock } = startPool([server('a')]);
    nodes.behaviours.set('a', failure('OVERLOADED', 2_000));
    const call = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(50);
    nodes.behaviours.set('a', 'ok');
    await clock.advance(100);
    expect(call.value).toBe('a:1');
  });

  it('tries them all the same while all are ejected', async () => {
    const { pool, nodes, clock, told } = startPool(three);
    for (const host of ['a', 'b', 'c']) nodes.behaviours.set(host, refused);
    settledOf(pool.call('segment.get', key), clock);
    await clock.advance(10);
    expect(told.lines.filter((line) => line.startsWith('ejected'))).toHaveLength(3);
    nodes.behaviours.set('b', 'ok');
    const call = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(10);
    expect(call.value).toBe('b:1');
    expect(told.lines).toContain('restored b');
  });
});

describe('the deadline', () => {
  it.each([1, 100, 699, 700, 701, 1_234, 2_000])('of %s ms holds exactly', async (deadlineMs) => {
    for (const behaviour of ['silent', refused, failure('STORE_UNAVAILABLE', 1_000)] as const) {
      const { pool, nodes, clock } = startPool(three);
      for (const { host } of three) nodes.behaviours.set(host, behaviour);
      const begin = clock.monotonicMs();
      const call = settledOf(pool.call('segment.get', key, { deadlineMs }), clock);
      // oxlint-disable-next-line no-await-in-loop -- one behaviour after the other
      await clock.advance(3_000);
      expect(call.atMs).toBe(begin + deadlineMs);
      expect(clock.pendingTasks).toBe(0);
    }
  });

  it.each([0, -1, NaN])('of %s is over at once', async (deadlineMs) => {
    const { pool, nodes, clock } = startPool(three);
    const call = settledOf(pool.call('segment.get', key, { deadlineMs }), clock);
    await clock.advance(0);
    expect(call.error).toBeInstanceOf(TransportError);
    expect(nodes.calls).toEqual([]);
  });

  it('gives the last failure, with what was tried where no server answered', async () => {
    const { pool, nodes, clock, told } = startPool(three, {}, last);
    for (const { host } of three) nodes.behaviours.set(host, refused);
    const call = settledOf(pool.call('segment.lease', { key: 'k', size: 1 }), clock);
    await clock.advance(2_000);
    const attempts = nodes.calls.length;
    expect(call.error).toBeInstanceOf(TransportError);
    expect(call.error?.message).toMatch(
      new RegExp(
        `^No answer to segment.lease within 2000 ms, after ${attempts} attempts at (.:1, ){2}.:1: connection refused$`,
      ),
    );
    expect(call.error?.cause).toBe(refused);
    expect(told.lines.at(-1)).toBe(`segment.lease TRANSPORT ${attempts}`);
  });

  it('gives an error of idun rather than the time-out after it', async () => {
    const { pool, nodes, clock } = startPool(three, {}, last);
    const reason = failure('STORE_UNAVAILABLE');
    nodes.behaviours.set('c', reason);
    for (const host of ['a', 'b']) nodes.behaviours.set(host, 'silent');
    const call = settledOf(pool.call('segment.get', key, { deadlineMs: 1_000 }), clock);
    await clock.advance(1_000);
    expect(call.error).toBe(reason);
  });

  it('gives a time-out where nothing better is known', async () => {
    const { pool, nodes, clock } = startPool([server('a')]);
    nodes.behaviours.set('a', 'silent');
    const call = settledOf(pool.call('segment.get', key, { deadlineMs: 500 }), clock);
    await clock.advance(500);
    expect(call.error?.message).toBe(
      'No answer to segment.get within 500 ms, after 1 attempt at a:1: a:1 did not answer segment.get within 500 ms.',
    );
  });
});
