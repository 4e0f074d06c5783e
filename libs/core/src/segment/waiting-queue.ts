import type { Clock, Scheduler } from '../clock.js';

interface Waiter {
  readonly count: number;
  readonly deadlineMs: number;
  resolve(ids: bigint[]): void;
  reject(error: unknown): void;
}

/** Callers in the order of their arrival, each of whom waits no longer than its deadline. */
export class WaitingQueue {
  private waiters: Waiter[] = [];
  private wanted = 0;
  private cancelTimer: (() => void) | undefined;

  constructor(
    private readonly deadlineMs: number,
    private readonly clock: Clock,
    private readonly scheduler: Scheduler,
    /** What a caller is told whose deadline has passed. */
    private readonly overdue: () => unknown,
  ) {}

  get length(): number {
    return this.waiters.length;
  }

  /** How many ids all of them want together. */
  get demand(): number {
    return this.wanted;
  }

  wait(count: number): Promise<bigint[]> {
    return new Promise((resolve, reject) => {
      const deadlineMs = this.clock.monotonicMs() + this.deadlineMs;
      this.waiters.push({ count, deadlineMs, resolve, reject });
      this.wanted += count;
      this.armTimer();
    });
  }

  /** Serves from the front until someone wants more than `available()`. */
  serveInOrder(available: () => number, take: (count: number) => bigint[]): void {
    let served = 0;
    for (const waiter of this.waiters) {
      if (waiter.count > available()) break;
      waiter.resolve(take(waiter.count));
      this.wanted -= waiter.count;
      served++;
    }
    this.remove(served);
  }

  /** Serves whoever can be, and lets `refuse` decide for the others: an error ends a caller's wait. */
  serveAny(available: () => number, take: (count: number) => bigint[], refusal: unknown): void {
    this.waiters = this.waiters.filter((waiter) => {
      if (waiter.count <= available()) waiter.resolve(take(waiter.count));
      else if (refusal !== undefined) waiter.reject(refusal);
      else return true;
      this.wanted -= waiter.count;
      return false;
    });
    this.remove(0);
  }

  private rejectOverdue(): void {
    const nowMs = this.clock.monotonicMs();
    let overdue = 0;
    for (const waiter of this.waiters) {
      if (waiter.deadlineMs > nowMs) break;
      waiter.reject(this.overdue());
      this.wanted -= waiter.count;
      overdue++;
    }
    this.remove(overdue);
    this.armTimer();
  }

  private remove(count: number): void {
    if (count > 0) this.waiters.splice(0, count);
    if (this.waiters.length > 0) return;
    this.cancelTimer?.();
    this.cancelTimer = undefined;
  }

  /** All wait equally long, so the first in the queue is the first to be overdue. */
  private armTimer(): void {
    const first = this.waiters[0];
    if (first === undefined || this.cancelTimer !== undefined) return;
    const delayMs = first.deadlineMs - this.clock.monotonicMs();
    this.cancelTimer = this.scheduler.after(Math.max(Math.ceil(delayMs), 0), () => {
      this.cancelTimer = undefined;
      this.rejectOverdue();
    });
  }
}
