import { describe, expect, it, vi } from 'vitest';
import { ClientClosedError, TransportError } from '../errors.js';
import { server, settledOf, startPool } from './pool.fixture.js';

const key = { key: 'k' };
const refused = new TransportError('connection refused');
const last = () => 0;

describe('the first list', () => {
  it('is waited for', async () => {
    const { pool, clock, source } = startPool(undefined);
    const call = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(1_000);
    source.change([]);
    await clock.advance(500);
    source.change([server('a')]);
    await clock.advance(0);
    expect(call.value).toBe('a:1');
    expect(clock.pendingTasks).toBe(0);
  });

  it('that never comes is told at the deadline, with the reason', async () => {
    const { pool, clock, source, told } = startPool(undefined);
    const begin = clock.monotonicMs();
    const call = settledOf(pool.call('segment.get', key), clock);
    const reason = new Error('Nacos is down');
    source.fail(reason);
    await clock.advance(3_000);
    expect(call.error?.message).toBe(
      'segment.get was not sent: no server that takes calls was known within 2000 ms.',
    );
    expect([call.error?.cause, call.atMs]).toEqual([reason, begin + 2_000]);
    expect(told.lines).toEqual(['source failed: Error: Nacos is down', 'segment.get TRANSPORT 0']);
  });

  it('with nothing but weights 0 is no list', async () => {
    const { pool, clock, source, nodes } = startPool([server('a', { weight: 0 })]);
    const call = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(100);
    expect(nodes.calls).toEqual([]);
    source.change([server('a')]);
    await clock.advance(0);
    expect(call.value).toBe('a:1');
  });
});

describe('a list that changes', () => {
  it('during calls: those of a server that left are answered, then its connection is closed', async () => {
    const { pool, clock, source, nodes } = startPool([server('a'), server('b')], {}, last);
    nodes.answerMs = 100;
    const call = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(50);
    source.change([server('a')]);
    const second = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(49);
    expect(nodes.closed).toEqual([]);
    await clock.advance(1);
    expect([call.value, nodes.closed]).toEqual(['b:1', ['b:1']]);
    await clock.advance(50);
    expect([second.value, nodes.closed]).toEqual(['a:1', ['b:1']]);
  });

  it('closes after the attempt timeout at the latest', async () => {
    const { pool, clock, source, nodes, told } = startPool([server('a'), server('b')], {}, last);
    nodes.behaviours.set('b', 'silent');
    const call = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(0);
    source.change([server('a')]);
    await clock.advance(700);
    expect([call.value, nodes.closed]).toEqual(['a:1', ['b:1']]);
    expect(told.lines.some((line) => line.startsWith('ejected'))).toBe(false);
  });

  it('keeps the connection of a server that left and came back during a call', async () => {
    const { pool, clock, source, nodes } = startPool([server('a'), server('b')], {}, last);
    nodes.answerMs = 100;
    const call = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(50);
    source.change([server('a')]);
    source.change([server('a'), server('b', { weight: 2 })]);
    await clock.advance(50);
    expect([call.value, nodes.closed, nodes.opened]).toEqual(['b:1', [], ['b:1']]);
  });

  it('to an empty one leaves nobody to call: how long to doubt it, the source knows', async () => {
    const { pool, clock, source, nodes, told } = startPool([server('a')]);
    settledOf(pool.call('segment.get', key), clock);
    await clock.advance(0);
    source.change([]);
    const call = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(0);
    expect([call.value, nodes.closed]).toEqual([undefined, ['a:1']]);
    expect(told.lines.filter((line) => line.startsWith('servers'))).toEqual([
      'servers a',
      'servers ',
    ]);
    source.change([server('b')]);
    await clock.advance(0);
    expect(call.value).toBe('b:1');
  });

  it('has one connection for each server, opened when it is called', async () => {
    const { pool, clock, nodes } = startPool([server('a'), server('b')]);
    expect(nodes.opened).toEqual([]);
    for (let call = 0; call < 50; call++) settledOf(pool.call('segment.get', key), clock);
    await clock.advance(0);
    expect(nodes.opened.toSorted()).toEqual(['a:1', 'b:1']);
  });
});

describe('an aborted signal', () => {
  /** Waits for a list, for an answer, between rounds. */
  const waits = [
    ['a list', undefined, 'ok'],
    ['an answer', [server('a')], 'silent'],
    ['the next round', [server('a')], refused],
  ] as const;

  it.each(waits)('ends the wait for %s, with its reason', async (_name, list, behaviour) => {
    const { pool, clock, nodes, told } = startPool(list);
    nodes.behaviours.set('a', behaviour);
    const controller = new AbortController();
    const call = settledOf(pool.call('segment.get', key, { signal: controller.signal }), clock);
    await clock.advance(10);
    const before = told.lines.length;
    // What a caller of ours aborts with at its own deadline: not the fault of the server.
    const reason = new TransportError('enough');
    controller.abort(reason);
    await clock.flush();
    expect(call.error).toBe(reason);
    expect(told.lines.slice(before)).toEqual([`segment.get ABORTED ${list === undefined ? 0 : 1}`]);
    expect(clock.pendingTasks).toBe(0);
  });

  it.each(waits)('may be shared by many calls that wait for %s', async (_name, list, behaviour) => {
    const { pool, clock, nodes } = startPool(list);
    nodes.behaviours.set('a', behaviour);
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const { signal } = new AbortController();
    for (let call = 0; call < 20; call++) {
      settledOf(pool.call('segment.get', key, { signal }), clock);
    }
    await clock.advance(10);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  it('before the call: nothing is sent', async () => {
    const { pool, nodes } = startPool([server('a')]);
    const call = pool.call('segment.get', key, { signal: AbortSignal.abort(new Error('no')) });
    await expect(call).rejects.toThrow('no');
    expect(nodes.calls).toEqual([]);
  });

  it('of a probe lets the next call probe', async () => {
    const { pool, clock, nodes } = startPool([server('a'), server('b')], {}, last);
    nodes.behaviours.set('b', refused);
    settledOf(pool.call('segment.get', key), clock);
    await clock.advance(1_000);
    nodes.behaviours.set('b', 'silent');
    const controller = new AbortController();
    settledOf(pool.call('segment.get', key, { signal: controller.signal }), clock);
    await clock.advance(10);
    expect(nodes.countOf('b')).toBe(2);
    controller.abort(new Error('no'));
    await clock.flush();
    nodes.behaviours.set('b', 'ok');
    const call = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(0);
    expect(call.value).toBe('b:1');
  });
});

describe('close', () => {
  it.each([
    ['a list', undefined, 'ok'],
    ['an answer', [server('a')], 'silent'],
    ['the next round', [server('a')], refused],
  ] as const)('rejects what waits for %s', async (_name, list, behaviour) => {
    const { pool, clock, nodes, source, told } = startPool(list);
    nodes.behaviours.set('a', behaviour);
    const call = settledOf(pool.call('segment.get', key), clock);
    await clock.advance(10);
    const before = told.lines.length;
    await pool.close();
    await clock.flush();
    expect(call.error).toBeInstanceOf(ClientClosedError);
    expect(told.lines.slice(before)).toEqual([
      `segment.get SHUTTING_DOWN ${list === undefined ? 0 : 1}`,
    ]);
    expect(source.closed).toBe(true);
    expect(nodes.closed).toEqual(nodes.opened);
    expect(clock.pendingTasks).toBe(0);
  });

  it('refuses later calls, and hears of no servers', async () => {
    const { pool, source, nodes, told } = startPool([server('a')]);
    await Promise.all([pool.close(), pool.close()]);
    source.change([server('b')]);
    await expect(pool.call('segment.get', key)).rejects.toBeInstanceOf(ClientClosedError);
    expect(nodes.opened).toEqual([]);
    expect(told.lines).toEqual(['servers a', 'segment.get SHUTTING_DOWN 0']);
  });
});

it('refuses calls beyond the bound at once, waiting ones counted, until there is room', async () => {
  const { pool, clock, source, told } = startPool(undefined, { maxInFlight: 2 });
  const calls = [1, 2, 3].map(() => settledOf(pool.call('segment.get', key), clock));
  await clock.flush();
  expect(calls.map(({ error }) => error?.message)).toEqual([
    undefined,
    undefined,
    'This client has 2 calls under way: wait for some of them.',
  ]);
  expect(told.lines).toEqual(['segment.get OVERLOADED 0']);
  source.change([server('a')]);
  await clock.advance(0);
  const call = settledOf(pool.call('segment.get', key), clock);
  await clock.advance(0);
  expect([...calls.slice(0, 2), call].map(({ value }) => value)).toEqual(['a:1', 'a:1', 'a:1']);
});
