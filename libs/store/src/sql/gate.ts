import { withResolvers } from './deadline.js';

/** Opens once, when the background start has got so far. */
export class Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
  /** Why it is still closed, as far as known. */
  reason: unknown;

  private readonly refuse: (reason: unknown) => void;

  constructor() {
    const { promise, resolve, reject } = withResolvers<void>();
    // Nobody need be waiting when the store is closed.
    promise.catch(() => undefined);
    this.opened = promise;
    this.open = () => resolve();
    this.refuse = reject;
  }

  /** Whoever waits, now or later, is refused, unless it has opened before. */
  shut(reason: Error): void {
    this.reason = reason;
    this.refuse(reason);
  }
}
