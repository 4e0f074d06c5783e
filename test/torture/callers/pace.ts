import { setTimeout as delay } from 'node:timers/promises';

/** Calls that go on until told to stop, each loop at a rate of its own. */
export class Pace {
  private readonly loops: Promise<void>[] = [];
  private isOver = false;

  constructor(private readonly load: number) {}

  /** `call` must not reject. One at a time: after a slow one the next follows at once, but none is made up for. */
  loop(perSecond: number, call: () => Promise<void>): void {
    this.loops.push(this.run(1_000 / (perSecond * this.load), call));
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.loops);
  }

  private async run(gapMs: number, call: () => Promise<void>): Promise<void> {
    let dueMs = performance.now() + Math.random() * gapMs;
    while (!this.isOver) {
      const waitMs = dueMs - performance.now();
      // oxlint-disable-next-line no-await-in-loop -- one call after the other
      if (waitMs > 0) await delay(waitMs);
      dueMs = Math.max(dueMs + gapMs, performance.now() - gapMs);
      // oxlint-disable-next-line no-await-in-loop
      await call();
    }
  }
}
