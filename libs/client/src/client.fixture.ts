import { FakeClock } from '../../testing/src/fake-clock.js';
import type { CallOptions } from './calls/call-options.js';
import type { Caller } from './calls/caller.port.js';
import type { PoolObserver } from './calls/pool-observer.js';
import type { KeyOptions } from './client-options.js';
import { IdunClient } from './idun-client.js';
import { timeLimits } from './time-limits.js';
import type { Pattern, Reply, Request } from './transport/connection.port.js';

export interface FakeCall {
  pattern: Pattern;
  request: object;
  options: CallOptions | undefined;
}

/** Servers that answer at once, as a pool of connections would. */
export class FakePool implements Caller {
  readonly calls: FakeCall[] = [];
  closed = false;
  observer: PoolObserver = {};
  /** What calls reject with while set. */
  failure: Error | undefined;
  /** While set, no call ends before it. */
  held: Promise<void> | undefined;
  private nextId = 1n;

  async call<P extends Pattern>(
    pattern: P,
    request: Request<P>,
    options?: CallOptions,
  ): Promise<Reply<P>> {
    this.calls.push({ pattern, request, options });
    await this.held;
    if (this.failure) throw this.failure;
    return this.answer(pattern, request as never) as Reply<P>;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  /** The patterns that were called, in order. */
  get patterns(): Pattern[] {
    return this.calls.map(({ pattern }) => pattern);
  }

  private answer(
    pattern: Pattern,
    request: { key: string; size: number; count?: number; requestId: string; id: string },
  ): unknown {
    if (pattern === 'segment.return') return { returned: 7 };
    if (pattern === 'snowflake.decode') return { id: request.id };
    const start = this.nextId;
    if (pattern === 'segment.lease') {
      this.nextId += BigInt(request.size);
      const [first, end] = [String(start), String(this.nextId)];
      return { key: request.key, start: first, end, leaseId: `lease of ${request.requestId}` };
    }
    this.nextId += BigInt(request.count ?? 1);
    if (request.count === undefined) return String(start);
    return Array.from({ length: request.count }, (_, index) => String(start + BigInt(index)));
  }
}

export function clientOverFakes(segment: KeyOptions = { minLeaseSize: 10, maxLeaseSize: 10 }) {
  const pool = new FakePool();
  const clock = new FakeClock();
  let requests = 0;
  const client = new IdunClient({
    pool: (observer) => {
      pool.observer = observer;
      return pool;
    },
    clock,
    random: () => 0.5,
    newRequestId: () => `request ${++requests}`,
    limits: timeLimits(),
    segment,
  });
  return { client, pool, clock };
}
