import type { ClientClock } from '../clock.js';
import { onAbort } from '../on-abort.js';

interface Waiter<Id> {
  /** What it has got so far. */
  ids: Id[];
  count: number;
  settle: (outcome: Error | undefined) => void;
}

/** Callers in the order in which they came. */
export class WaitingQueue<Id> {
  private readonly waiters = new Set<Waiter<Id>>();

  constructor(private readonly clock: ClientClock) {}

  /** How many ids are waited for. */
  get awaited(): number {
    let awaited = 0;
    for (const { ids, count } of this.waiters) awaited += count - ids.length;
    return awaited;
  }

  /**
   * Resolves with `ids` once it holds `count`. Rejects with `late()` after `timeoutMs`, or with the reason of
   * `signal`; what it had got by then is lost.
   */
  wait(
    ids: Id[],
    count: number,
    timeoutMs: number,
    late: () => Error,
    signal?: AbortSignal,
  ): Promise<Id[]> {
    return new Promise((resolve, reject) => {
      const forget = onAbort(signal, () => waiter.settle(signal?.reason as Error));
      const cancel = this.clock.after(timeoutMs, () => waiter.settle(late()));
      const waiter: Waiter<Id> = {
        ids,
        count,
        settle: (outcome) => {
          cancel();
          forget();
          this.waiters.delete(waiter);
          if (outcome === undefined) resolve(ids);
          else reject(outcome);
        },
      };
      this.waiters.add(waiter);
    });
  }

  /** Gives ids to the waiters until `collect` leaves one of them without its full count. */
  serve(collect: (ids: Id[], count: number) => void): void {
    for (const waiter of this.waiters) {
      collect(waiter.ids, waiter.count);
      if (waiter.ids.length < waiter.count) return;
      waiter.settle(undefined);
    }
  }

  rejectAll(error: Error): void {
    for (const waiter of this.waiters) waiter.settle(error);
  }
}
