import { describe, expect, it } from 'vitest';
import { IdunError } from '../../../contracts/src/index.js';
import { ClientClosedError, NotReadyError, TransportError } from '../errors.js';
import { NumberSegment } from './number-segment.js';
import { FakeServers, setup } from './segment.fixture.js';
import type { SegmentOptions } from './segment-options.js';

function start(options: Partial<SegmentOptions> = { minLeaseSize: 10, maxLeaseSize: 10 }) {
  const servers = new FakeServers();
  const parts = setup(servers);
  return { ...parts, servers, segment: new NumberSegment('k', options, parts.ports) };
}

/** The outcome of a promise, looked at as soon as it is there, so that no rejection is unhandled. */
function outcomeOf<T>(promise: Promise<T>): Promise<T | Error> {
  return promise.catch((error: Error) => error);
}

describe('callers that wait', () => {
  it('are served in the order in which they came', async () => {
    const { segment, servers } = start();
    const order: string[] = [];
    const calls = [segment.take(4), segment.next(), segment.take(12), segment.next()];
    const named = calls.map((call, index) =>
      call.then((ids) => order.push(`${index}: ${String(ids)}`)),
    );
    await Promise.all(named);
    const third = Array.from({ length: 12 }, (_, index) => 6 + index);
    expect(order).toEqual(['0: 1,2,3,4', '1: 5', `2: ${third.join()}`, '3: 18']);
    expect(servers.calls.every(({ size }) => size === 10)).toBe(true);
  });

  it('of one turn get one lease that is large enough for all', async () => {
    const { segment, servers } = start({ minLeaseSize: 10, maxLeaseSize: 1_000 });
    await Promise.all([segment.take(300), segment.take(200)]);
    expect(servers.calls[0]).toEqual({ size: 500, requestId: 'request 1' });
  });

  it('are refused at their own deadline, with the last failure as the cause', async () => {
    const { segment, servers, clock } = start();
    servers.failure = new TransportError('refused');
    const early = outcomeOf(segment.next({ deadlineMs: 100 }));
    const late = outcomeOf(segment.next({ deadlineMs: 60_000 }));
    await clock.advance(99);
    let settled = false;
    void early.then(() => (settled = true));
    await clock.flush();
    expect(settled).toBe(false);
    await clock.advance(1);
    const error = await early;
    expect(error).toBeInstanceOf(NotReadyError);
    expect((error as Error).cause).toBe(servers.failure);
    servers.failure = undefined;
    await clock.advance(10_000);
    expect(await late).toBe(1);
  });

  it('are refused with the reason of their signal, before and while they wait', async () => {
    const { segment, servers, clock } = start();
    servers.failure = new TransportError('refused');
    const controller = new AbortController();
    const waiting = outcomeOf(segment.next({ signal: controller.signal }));
    await clock.flush();
    const reason = new Error('no longer wanted');
    controller.abort(reason);
    expect(await waiting).toBe(reason);
    expect(await outcomeOf(segment.next({ signal: controller.signal }))).toBe(reason);
  });

  it.each([0, -1, 1.5, NaN, 1_000_001])('take(%s) is refused', async (count) => {
    const { segment } = start();
    await expect(segment.take(count)).rejects.toMatchObject({ code: 'COUNT_INVALID' });
  });
});

describe('leases', () => {
  it('whose answers are lost are asked for again under the same request id: none is lost', async () => {
    const { segment, servers, clock } = start();
    servers.failure = new TransportError('cut');
    servers.answersLost = true;
    const waiting = outcomeOf(segment.next({ deadlineMs: 60_000 }));
    await clock.advance(1_000);
    expect(servers.calls.length).toBeGreaterThan(2);
    expect(new Set(servers.calls.map(({ requestId }) => requestId))).toEqual(
      new Set(['request 1']),
    );
    servers.failure = undefined;
    await clock.advance(10_000);
    expect(await waiting).toBe(1);
    expect([...servers.leases.keys()]).toEqual(['request 1', 'request 2']);
  });

  it('that are not answered in time are asked for again', async () => {
    const { segment, servers, clock } = start();
    servers.held = new Promise(() => undefined);
    const waiting = outcomeOf(segment.next({ deadlineMs: 60_000 }));
    await clock.advance(1_999);
    expect(servers.calls).toHaveLength(1);
    servers.held = undefined;
    await clock.advance(1_000);
    expect(await waiting).toBe(1);
    expect(servers.calls[1]).toEqual(servers.calls[0]);
  });

  it('last through an outage of all servers: the current and the one ahead', async () => {
    const { segment, servers, clock } = start();
    await segment.next();
    await clock.flush();
    servers.failure = new TransportError('all down');
    await clock.advance(600_000);
    expect(await segment.take(19)).toHaveLength(19);
    expect(segment.tryNext()).toBeUndefined();
    servers.failure = undefined;
    const next = segment.next({ deadlineMs: 60_000 });
    await clock.advance(10_000);
    expect(await next).toBe(21);
  });

  it('grow to last at the rate of the one before, up to the ceiling, and shrink again', async () => {
    const options = { minLeaseSize: 10, maxLeaseSize: 5_000, targetSeconds: 60 };
    const { segment, servers, clock } = start(options);
    const useUp = async (ids: number, ms: number) => {
      await segment.take(ids);
      await clock.advance(ms);
    };
    // 10 ids a second: 600 for a minute.
    for (let second = 0; second < 300; second++) await useUp(10, 1_000);
    expect(servers.calls.at(-1)?.size).toBeGreaterThanOrEqual(500);
    expect(servers.calls.at(-1)?.size).toBeLessThanOrEqual(660);
    for (let second = 0; second < 60; second++) await useUp(1_000, 1_000);
    expect(servers.calls.at(-1)?.size).toBe(5_000);
    for (let call = 0; call < 400; call++) await useUp(50, 60_000);
    expect(servers.calls.at(-1)?.size).toBeLessThanOrEqual(100);
  });

  it('are asked for smaller where the key has a lower ceiling', async () => {
    const { segment, servers } = start({ minLeaseSize: 1_000 });
    servers.largest = 300;
    servers.tooLarge = new IdunError('SIZE_INVALID', 'too large');
    expect(await segment.next()).toBe(1);
    expect(servers.calls.slice(0, 3).map(({ size }) => size)).toEqual([1_000, 500, 250]);
  });
});

it('a permanent failure is told at once, from memory for a while, and asked for again after', async () => {
  const { segment, servers, clock } = start();
  servers.failure = new IdunError('KEY_NOT_FOUND', 'no such key');
  expect(await outcomeOf(segment.next())).toBe(servers.failure);
  expect(await outcomeOf(segment.next())).toBe(servers.failure);
  expect(servers.calls).toHaveLength(1);
  servers.failure = undefined;
  await clock.advance(500);
  expect(await segment.next()).toBe(1);
});

it('a permanent failure that is not kept in memory is told all the same', async () => {
  const { segment, servers } = start({ failureCacheMs: 0 });
  servers.failure = new IdunError('KEY_NOT_FOUND', 'no such key');
  expect(await outcomeOf(segment.next())).toBe(servers.failure);
  expect(await outcomeOf(segment.next())).toBe(servers.failure);
  expect(servers.calls).toHaveLength(2);
});

describe('close', () => {
  it('refuses callers that wait and all later ones', async () => {
    const { segment, servers, clock } = start();
    servers.failure = new TransportError('refused');
    const waiting = outcomeOf(segment.next());
    await clock.flush();
    await segment.close();
    expect(await waiting).toBeInstanceOf(ClientClosedError);
    expect(() => segment.tryNext()).toThrow(ClientClosedError);
    await expect(segment.next()).rejects.toBeInstanceOf(ClientClosedError);
  });

  it('waits for a lease that is on its way, and gives it back whole', async () => {
    const { segment, servers, clock } = start();
    let answer = () => {};
    servers.held = new Promise((resolve) => (answer = resolve));
    const waiting = outcomeOf(segment.next());
    await clock.flush();
    const closed = segment.close();
    answer();
    await closed;
    expect(await waiting).toBeInstanceOf(ClientClosedError);
    expect(servers.returned).toEqual([{ leaseId: 'lease of request 1', from: 1n }]);
    expect(clock.pendingTasks).toBe(0);
  });

  it('ends while no server answers, and tells what could not be given back', async () => {
    const { segment, servers, clock, failures } = start();
    await segment.next();
    await clock.flush();
    servers.failure = new TransportError('all down');
    await segment.close();
    expect(failures).toEqual([
      ['return', servers.failure],
      ['return', servers.failure],
    ]);
    await segment.close();
    expect(failures).toHaveLength(2);
  });
});
