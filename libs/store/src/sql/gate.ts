import { withResolvers, type Deadline } from './deadline.js';

interface Waiter {
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/** Opens once, when the background start has got so far. */
export class Gate {
  /** Why it is still closed, as far as known. */
  reason: unknown;

  private state: 'closed' | 'open' | 'shut' = 'closed';
  private readonly waiting = new Set<Waiter>();

  open(): void {
    if (this.state === 'closed') this.settle('open', ({ resolve }) => resolve());
  }

  /** Whoever waits, now or later, is refused, unless it has opened before. */
  shut(reason: Error): void {
    if (this.state !== 'closed') return;
    this.reason = reason;
    this.settle('shut', ({ reject }) => reject(reason));
  }

  /** Resolves once it is open. A caller whose deadline passes leaves nothing behind. */
  async pass(deadline?: Deadline): Promise<void> {
    if (this.state === 'open') return;
    if (this.state === 'shut') throw this.reason;
    const { promise, resolve, reject } = withResolvers<void>();
    const waiter: Waiter = { resolve, reject };
    this.waiting.add(waiter);
    try {
      await (deadline ? deadline.race(promise) : promise);
    } finally {
      this.waiting.delete(waiter);
    }
  }

  private settle(state: 'open' | 'shut', settleOne: (waiter: Waiter) => void): void {
    this.state = state;
    for (const waiter of this.waiting) settleOne(waiter);
  }
}
