import { IdunError } from '../../../contracts/src/index.js';

interface Waiter {
  admit: () => void;
  refuse: (reason: Error) => void;
}

/** Lets so many calls in at a time; the others wait in line, and enter in their order. */
export class Gate {
  private inside = 0;
  private isShut = false;
  private readonly line = new Set<Waiter>();
  /** Kept from one to the next: a new one would walk over all that have left the line. */
  private order: SetIterator<Waiter> | undefined;

  constructor(
    private readonly maxInside: number,
    private readonly maxWaiting: number,
  ) {}

  /**
   * Each that has entered must `leave`. Gives undefined where it entered at once. Rejects with the reason of `signal`,
   * that of `refuseAll`, or `OVERLOADED` where the line is full.
   */
  enter(signal: AbortSignal): Promise<void> | undefined {
    return this.tryEnter() ? undefined : this.wait(signal);
  }

  /** Whether it entered, at once. */
  tryEnter(): boolean {
    if (!this.hasRoom) return false;
    this.inside++;
    return true;
  }

  /** To enter in its turn; as `enter`. */
  wait(signal: AbortSignal): Promise<void> {
    if (this.line.size >= this.maxWaiting) {
      const detail = `${this.maxWaiting} calls of this process wait for this server already: retry.`;
      return Promise.reject(new IdunError('OVERLOADED', detail));
    }
    return new Promise((resolve, reject) => {
      const leaveLine = () => {
        signal.removeEventListener('abort', abort);
        this.line.delete(waiter);
      };
      const abort = () => waiter.refuse(signal.reason as Error);
      const waiter: Waiter = {
        admit() {
          leaveLine();
          resolve();
        },
        refuse(reason) {
          leaveLine();
          reject(reason);
        },
      };
      signal.addEventListener('abort', abort);
      this.line.add(waiter);
    });
  }

  leave(): void {
    this.inside--;
    this.admit();
  }

  /** Nobody enters until `open`. */
  shut(): void {
    this.isShut = true;
  }

  open(): void {
    this.isShut = false;
    this.admit();
  }

  /** Ends the waiting of those in line. */
  refuseAll(reason: Error): void {
    for (const waiter of this.line) waiter.refuse(reason);
  }

  private get hasRoom(): boolean {
    return !this.isShut && this.inside < this.maxInside;
  }

  private admit(): void {
    while (this.hasRoom && this.line.size > 0) {
      this.order ??= this.line.values();
      const { value: first } = this.order.next();
      if (first) {
        this.inside++;
        first.admit();
      } else {
        this.order = undefined;
      }
    }
  }
}
