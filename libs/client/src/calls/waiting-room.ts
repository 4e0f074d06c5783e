import { pause, type ClientClock } from '../clock.js';
import { onAbort } from '../on-abort.js';

/** Callers that wait for a time, and can be woken before. */
export class WaitingRoom {
  private readonly waiting = new Set<AbortController>();

  constructor(private readonly clock: ClientClock) {}

  /** Resolves after `timeoutMs`, or when all are woken. Rejects with the reason of `signal`. */
  async wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const waiter = new AbortController();
    this.waiting.add(waiter);
    const forget = onAbort(signal, () => waiter.abort());
    try {
      await pause(this.clock, timeoutMs, waiter.signal);
    } finally {
      this.waiting.delete(waiter);
      forget();
    }
    signal?.throwIfAborted();
  }

  wakeAll(): void {
    for (const waiter of this.waiting) waiter.abort();
  }
}
