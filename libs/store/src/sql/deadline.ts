/** One time limit that all steps of an operation share. */
export class Deadline {
  private readonly endsAtMs: number;
  private readonly expired: Promise<never>;
  private readonly timer: NodeJS.Timeout;

  constructor(timeoutMs: number) {
    this.endsAtMs = performance.now() + timeoutMs;
    const { promise, reject } = withResolvers<never>();
    // Not unreferenced: a caller is waiting, and the process must not end before it has its answer.
    this.timer = setTimeout(
      () => reject(new Error(`The database did not answer within ${Math.round(timeoutMs)} ms.`)),
      timeoutMs,
    );
    promise.catch(() => undefined);
    this.expired = promise;
  }

  get remainingMs(): number {
    return Math.max(0, this.endsAtMs - performance.now());
  }

  /** Settles as `work` does, or rejects when the time is over; `work` itself then goes on unheard. */
  race<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.expired]);
  }

  clear(): void {
    clearTimeout(this.timer);
  }
}

/** `Promise.withResolvers`, which Node 20 lacks. */
export function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
