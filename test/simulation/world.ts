import { EventQueue } from './event-queue.js';
import { Random } from './random.js';

/** What every reading of a clock in the simulation is derived from: the true time, and what happens when. */
export class World {
  nowMs = 0;
  readonly random: Random;
  /** How often each kind of event happened. */
  readonly counts = new Map<string, number>();
  private readonly queue = new EventQueue();

  constructor(
    seed: number,
    /** Takes each line of the trace; without it none is made. */
    private readonly log?: (line: string) => void,
  ) {
    this.random = new Random(seed);
  }

  after(delayMs: number, run: () => void): void {
    this.queue.push(this.nowMs + Math.max(0, delayMs), run);
  }

  count(kind: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  note(who: string, what: () => string): void {
    this.log?.(`${this.nowMs.toFixed(2).padStart(10)}  ${who.padEnd(8)} ${what()}`);
  }

  async runUntil(endMs: number): Promise<void> {
    for (let atMs = this.queue.nextAtMs; atMs !== undefined && atMs <= endMs;) {
      this.nowMs = atMs;
      this.queue.pop()!.run();
      // oxlint-disable-next-line no-await-in-loop -- what follows from an event comes before the next one
      await allMicrotasks();
      atMs = this.queue.nextAtMs;
    }
    this.nowMs = endMs;
  }
}

/** Node runs what `nextTick` was given only once no microtask is left: no timer, and never too early. */
const allMicrotasks = () =>
  new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });
