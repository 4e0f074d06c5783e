import { afterEach, expect, it, vi } from 'vitest';
import { clientOverFakes } from '../client.fixture.js';
import { TransportError } from '../errors.js';

afterEach(() => vi.restoreAllMocks());

it('events tell of leases, of what fails, and of what is given back', async () => {
  const { client, pool, clock } = clientOverFakes();
  const told: unknown[] = [];
  client.on('leased', ({ lease }) => told.push(['leased', lease.start, lease.end]));
  client.on('leaseFailed', ({ key, error }) => told.push(['leaseFailed', key, error]));
  client.on('returned', ({ from, count }) => told.push(['returned', from, count]));
  client.on('returnFailed', ({ key, error }) => told.push(['returnFailed', key, error]));
  const failure = new TransportError('down');
  pool.failure = failure;
  const first = client.segment('k').next();
  await clock.advance(10);
  pool.failure = undefined;
  await clock.advance(1_000);
  expect(await first).toBe(1n);
  expect(told).toEqual([
    ['leaseFailed', 'k', failure],
    ['leased', 1n, 11n],
    ['leased', 11n, 21n],
  ]);
  const call = pool.call.bind(pool);
  pool.call = (pattern, request, options) =>
    'from' in request && request.from === '2'
      ? Promise.reject(failure)
      : call(pattern, request, options);
  await client.close();
  expect(told.slice(3)).toEqual(
    expect.arrayContaining([
      ['returnFailed', 'k', failure],
      ['returned', 11n, 7],
    ]),
  );
});

it('events tell of servers', async () => {
  const { client, pool } = clientOverFakes();
  const told: unknown[] = [];
  const server = { host: 'h', port: 1, weight: 1 };
  const error = new TransportError('down');
  const events = [
    'servers',
    'serverEjected',
    'serverRestored',
    'attemptFailed',
    'discoveryFailed',
  ] as const;
  for (const event of events) client.on(event, (detail: object) => told.push([event, detail]));
  pool.observer.onServers?.([server]);
  pool.observer.onAttemptFailed?.(server, 'segment.get', error, {});
  pool.observer.onEjected?.(server, error, 500);
  pool.observer.onRestored?.(server);
  pool.observer.onSourceFailed?.(error);
  await Promise.resolve();
  expect(told).toEqual([
    ['attemptFailed', { server, pattern: 'segment.get', error }],
    ['serverEjected', { server, error, forMs: 500 }],
    ['serverRestored', { server }],
    ['discoveryFailed', { error }],
    ['servers', { servers: [server] }],
  ]);
});

it('a listener is called once, or no more', async () => {
  const { client } = clientOverFakes();
  let [always, once, gone] = [0, 0, 0];
  const leaver = () => void gone++;
  client.on('leased', () => void always++).once('leased', () => void once++);
  client.on('leased', leaver).off('leased', leaver);
  await client.segment('k').take(15);
  expect(always).toBeGreaterThan(1);
  expect([once, gone]).toEqual([1, 0]);
});

it('a listener that fails is a warning, and issuing goes on', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
  const { client } = clientOverFakes();
  let told = 0;
  client.on('leased', () => {
    throw new Error('broken listener');
  });
  client.on('leased', async () => {
    throw new Error('broken async listener');
  });
  client.on('leased', () => void told++);
  expect(await client.segment('k').take(15)).toHaveLength(15);
  expect(told).toBeGreaterThan(1);
  const warnings = warn.mock.calls.map(([text]) => String(text));
  expect(warnings).toEqual(
    expect.arrayContaining([
      expect.stringContaining("A listener of 'leased' failed: Error: broken listener"),
      expect.stringContaining('broken async listener'),
    ]),
  );
});
