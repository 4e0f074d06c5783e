import { storeUnavailable, type Scheduler } from '#core';

/**
 * Switches that make a memory store misbehave as a real one does. A call that timed out is still carried out
 * once the store wakes up: a stopped database does the same.
 */
export class StoreFaults {
  /** Every call fails at once, nothing is carried out. */
  down = false;
  /** Every call is answered only after so long. */
  delayMs = 0;

  private failures: unknown[] = [];
  private lostReplies = 0;
  private spared = 0;
  private asleep = false;
  private sleepers: (() => void)[] = [];

  constructor(private readonly scheduler: Scheduler) {}

  /** The next `count` calls fail and are not carried out. */
  failNext(count = 1, cause: unknown = new Error('injected failure')): void {
    for (let i = 0; i < count; i++) this.failures.push(cause);
  }

  /** After `spared` others, the next `count` calls are carried out, but their callers are told of a failure. */
  loseReplyNext(count = 1, spared = 0): void {
    this.lostReplies += count;
    this.spared = spared;
  }

  /** Calls settle only at their time-out, until `wake`. */
  hang(): void {
    this.asleep = true;
  }

  /** Carries out what piled up, whether its caller still waits or not. */
  wake(): void {
    this.asleep = false;
    for (const run of this.sleepers.splice(0)) run();
  }

  async around<T>(timeoutMs: number, work: () => T | Promise<T>): Promise<T> {
    if (this.down) throw storeUnavailable(new Error('the store is down'));
    if (this.failures.length > 0) throw storeUnavailable(this.failures.shift());
    if (this.lostReplies > 0 && this.spared-- <= 0) {
      this.lostReplies--;
      await work();
      throw storeUnavailable(new Error('the reply was lost'));
    }
    if (this.asleep || this.delayMs > 0) return this.late(timeoutMs, work);
    return work();
  }

  private late<T>(timeoutMs: number, work: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const cancel = this.scheduler.after(timeoutMs, () =>
        reject(storeUnavailable(new Error(`no answer within ${timeoutMs} ms`))),
      );
      const run = () => {
        cancel();
        // A promise takes over the error of what throws in its function.
        resolve(new Promise<T>((answer) => answer(work())));
      };
      if (this.asleep) this.sleepers.push(run);
      else this.scheduler.after(this.delayMs, run);
    });
  }
}
