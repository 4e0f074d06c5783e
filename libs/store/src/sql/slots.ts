import { withResolvers, type Deadline } from './deadline.js';

/**
 * A fair semaphore. It stands before a connection pool, so that thousands of callers of an unreachable
 * database wait here until their own deadline instead of queueing inside the driver for ever.
 */
export class Slots {
  private readonly waiting = new Set<(free: () => void) => void>();

  constructor(private available: number) {}

  /** Resolves to a function that gives the slot back; rejects with the deadline, if there is one. */
  async take(deadline?: Deadline): Promise<() => void> {
    if (this.available > 0) {
      this.available--;
      return this.token();
    }
    const { promise, resolve } = withResolvers<() => void>();
    this.waiting.add(resolve);
    try {
      return await (deadline ? deadline.race(promise) : promise);
    } catch (error) {
      // Handed over in the very moment that the deadline passed: on to the next one.
      if (!this.waiting.delete(resolve)) (await promise)();
      throw error;
    }
  }

  private token(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const [next] = this.waiting;
      if (next === undefined) {
        this.available++;
        return;
      }
      this.waiting.delete(next);
      next(this.token());
    };
  }
}
