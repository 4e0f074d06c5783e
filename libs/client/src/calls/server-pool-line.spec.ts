import { describe, expect, it } from 'vitest';
import { ClientClosedError, TransportError } from '../errors.js';
import { server, settledOf, startPool } from './pool.fixture.js';

const key = { key: 'k' };
const one = [server('a')];

describe('more calls than a connection carries', () => {
  it('wait in line, in which no time of an attempt runs, and are sent in their order', async () => {
    const { pool, nodes, clock, told } = startPool(one);
    nodes.capacity = 10;
    nodes.answerMs = 100;
    const calls = Array.from({ length: 150 }, () =>
      settledOf(pool.call('segment.get', key), clock),
    );
    await clock.advance(0);
    expect(nodes.calls).toHaveLength(10);
    await clock.advance(1_500);
    expect(calls.map(({ value }) => value)).toEqual(calls.map(() => 'a:1'));
    expect(calls.map(({ atMs }) => atMs! - calls[0]!.atMs!)).toEqual(
      calls.map((_call, i) => 100 * Math.floor(i / 10)),
    );
    expect(nodes.calls).toHaveLength(150);
    expect(told.lines.filter((line) => !line.endsWith('ok 1'))).toEqual(['servers a']);
  });

  it('are refused at their deadline, which does not eject the server, and leave their place', async () => {
    const { pool, nodes, clock, told } = startPool(one, { attemptTimeoutMs: 10_000 });
    nodes.capacity = 1;
    nodes.answerMs = 3_000;
    const first = settledOf(pool.call('segment.get', key, { deadlineMs: 9_000 }), clock);
    const late = settledOf(pool.call('segment.get', key, { deadlineMs: 1_000 }), clock);
    const third = settledOf(pool.call('segment.get', key, { deadlineMs: 9_000 }), clock);
    await clock.advance(1_000);
    expect(late.error).toMatchObject({ code: 'OVERLOADED', retryable: true });
    await clock.advance(5_000);
    expect([first.value, third.value]).toEqual(['a:1', 'a:1']);
    expect(told.lines).toEqual([
      'servers a',
      'segment.get OVERLOADED 0',
      'segment.get ok 1',
      'segment.get ok 1',
    ]);
  });

  it('are no proof of a silent server before they are sent', async () => {
    const { pool, nodes, clock, told } = startPool(one, { attemptTimeoutMs: 1_000 });
    nodes.capacity = 1;
    nodes.answerMs = 900;
    void pool.call('segment.get', key);
    const second = settledOf(pool.call('segment.get', key, { deadlineMs: 1_500 }), clock);
    nodes.behaviours.set('a', 'silent');
    await clock.advance(1_500);
    expect(second.error).toBeInstanceOf(TransportError);
    expect(told.lines.filter((line) => line.startsWith('ejected'))).toEqual([]);
  });

  it('leave the line when they are aborted', async () => {
    const { pool, nodes, clock } = startPool(one);
    nodes.capacity = 1;
    nodes.answerMs = 100;
    const controller = new AbortController();
    const { signal } = controller;
    void pool.call('segment.get', key);
    const aborted = settledOf(pool.call('segment.get', key, { signal }), clock);
    const next = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(50);
    controller.abort(new Error('enough'));
    await clock.advance(150);
    expect(aborted.error?.message).toBe('enough');
    expect(next.value).toBe('a:1');
    expect(nodes.calls).toHaveLength(2);
  });

  it('go to another server once theirs is ejected', async () => {
    const { pool, nodes, clock } = startPool(
      [server('a', { zone: 'z' }), server('b', { zone: 'y' })],
      {
        zone: 'z',
      },
    );
    nodes.capacity = 1;
    nodes.behaviours.set('a', 'silent');
    const calls = [0, 1, 2].map(() => settledOf(pool.call('segment.get', key), clock));
    await clock.advance(699);
    expect(nodes.calls).toEqual(['a:1']);
    await clock.advance(1);
    expect(calls.map(({ value }) => value)).toEqual(['b:1', 'b:1', 'b:1']);
  });

  it('are rejected when the client is closed', async () => {
    const { pool, nodes, clock } = startPool(one);
    nodes.capacity = 1;
    nodes.behaviours.set('a', 'silent');
    const calls = [0, 1].map(() => settledOf(pool.call('segment.get', key), clock));
    await clock.advance(10);
    await pool.close();
    await clock.advance(0);
    for (const { error } of calls) expect(error).toBeInstanceOf(ClientClosedError);
  });

  it('are sent to a server that is back, by one probe first', async () => {
    const { pool, nodes, clock, told } = startPool(one);
    nodes.capacity = 1;
    nodes.behaviours.set('a', new TransportError('refused'));
    const first = settledOf(pool.call('segment.get', key, { deadlineMs: 100 }), clock);
    await clock.advance(100);
    expect(first.error).toBeInstanceOf(TransportError);
    nodes.behaviours.set('a', 'ok');
    await clock.advance(1_000);
    const calls = [0, 1].map(() => settledOf(pool.call('segment.get', key), clock));
    await clock.advance(0);
    expect(calls.map(({ value }) => value)).toEqual(['a:1', 'a:1']);
    expect(told.lines).toContain('restored a');
  });
});
