import { FakeClock } from '../../../testing/src/fake-clock.js';
import { TransportError } from '../errors.js';
import { nameOf, type Server } from '../servers/server.js';
import type { ServerSource } from '../servers/server-source.port.js';
import type { Connection, Pattern, Reply } from '../transport/connection.port.js';
import type { PoolObserver } from './pool-observer.js';
import { ServerPool, type ServerPoolOptions } from './server-pool.js';

export function server(name: string, more: Partial<Server> = {}): Server {
  return { host: name, port: 1, weight: 1, ...more };
}

/** Mulberry32: equal shares of 0 to 1, the same in each run. */
export function seeded(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a server does with a call: it answers, fails, or says nothing. */
export type Behaviour = 'ok' | 'silent' | Error | ((pattern: Pattern) => Error | undefined);

/** Servers in memory, each with one connection at a time. A reply is the name of the server. */
export class FakeNodes {
  readonly behaviours = new Map<string, Behaviour>();
  readonly calls: string[] = [];
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  readonly underWay = new Set<(error: Error) => void>();
  answerMs = 0;
  capacity = Infinity;

  constructor(private readonly clock: FakeClock) {}

  countOf(host: string): number {
    return this.calls.filter((name) => name === `${host}:1`).length;
  }

  connect(to: Server): Connection {
    const name = nameOf(to);
    const waiting = new Set<(error: Error) => void>();
    this.opened.push(name);
    return {
      capacity: this.capacity,
      call: <P extends Pattern>(pattern: P) =>
        new Promise<Reply<P>>((resolve, reject) => {
          this.calls.push(name);
          const behaviour = this.behaviours.get(to.host) ?? 'ok';
          waiting.add(reject);
          if (behaviour === 'silent') return;
          const error = typeof behaviour === 'function' ? behaviour(pattern) : behaviour;
          this.clock.after(this.answerMs, () => {
            if (error instanceof Error) reject(error);
            else resolve(name);
          });
        }),
      close: async () => {
        this.closed.push(name);
        for (const reject of waiting) reject(new TransportError('closed'));
      },
    };
  }
}

export class FakeSource implements ServerSource {
  closed = false;
  change: (servers: readonly Server[]) => void = () => undefined;
  fail: (error: unknown) => void = () => undefined;

  constructor(private readonly first: readonly Server[] | undefined) {}

  watch(onChange: (servers: readonly Server[]) => void, onFailure: (error: unknown) => void): void {
    this.change = onChange;
    this.fail = onFailure;
    if (this.first) onChange(this.first);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** What a pool told, in one line each. */
export class Told implements PoolObserver {
  readonly lines: string[] = [];

  onAttemptFailed = (at: Server, pattern: Pattern, error: Error) =>
    void this.lines.push(`attempt of ${pattern} failed at ${at.host}: ${error.message}`);
  onEjected = (at: Server, _error: Error, forMs: number) =>
    void this.lines.push(`ejected ${at.host} for ${forMs}`);
  onRestored = (at: Server) => void this.lines.push(`restored ${at.host}`);
  onServers = (all: readonly Server[]) =>
    void this.lines.push(`servers ${all.map(({ host }) => host).join()}`);
  onSourceFailed = (error: unknown) => void this.lines.push(`source failed: ${String(error)}`);
  onCall = (pattern: Pattern, outcome: string, attempts: number) =>
    void this.lines.push(`${pattern} ${outcome} ${attempts}`);
}

export function startPool(
  servers: readonly Server[] | undefined,
  options: ServerPoolOptions = {},
  random: () => number = seeded(),
) {
  const clock = new FakeClock();
  const nodes = new FakeNodes(clock);
  const source = new FakeSource(servers);
  const told = new Told();
  const connect = (to: Server) => nodes.connect(to);
  const pool = new ServerPool(options, { source, connect, clock, random, observer: told });
  return { clock, nodes, source, told, pool };
}

/** Filled as soon as the promise settles, with the fake time at which it did. */
export interface Settled {
  value?: unknown;
  error?: Error;
  atMs?: number;
}

export function settledOf(promise: Promise<unknown>, clock: FakeClock): Settled {
  const settled: Settled = {};
  promise.then(
    (value) => Object.assign(settled, { value, atMs: clock.monotonicMs() }),
    (error: Error) => Object.assign(settled, { error, atMs: clock.monotonicMs() }),
  );
  return settled;
}
