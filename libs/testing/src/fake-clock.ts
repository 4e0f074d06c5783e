import type { Clock, Scheduler } from '#core';

interface Task {
  dueMs: number;
  run: () => void;
}

/** Time that moves only when a test says so; both clocks can be set apart from each other. */
export class FakeClock implements Clock, Scheduler {
  private readonly tasks = new Set<Task>();

  constructor(
    private wall = 1_700_000_000_000,
    private monotonic = 1_000,
  ) {}

  wallMs(): number {
    return Math.floor(this.wall);
  }

  monotonicMs(): number {
    return this.monotonic;
  }

  setWall(ms: number): void {
    this.wall = ms;
  }

  shiftWall(deltaMs: number): void {
    this.wall += deltaMs;
  }

  setMonotonic(ms: number): void {
    this.monotonic = ms;
  }

  get pendingTasks(): number {
    return this.tasks.size;
  }

  after(delayMs: number, task: () => void): () => void {
    const entry = { dueMs: this.monotonic + Math.max(0, delayMs), run: task };
    this.tasks.add(entry);
    return () => void this.tasks.delete(entry);
  }

  nextTurn(): Promise<void> {
    return new Promise((resolve) => void setImmediate(resolve));
  }

  /** Moves both clocks, runs what falls due in order of time, and lets promises settle after each task. */
  async advance(ms: number): Promise<void> {
    const endMs = this.monotonic + ms;
    await this.flush();
    for (let next = this.nextDue(endMs); next; next = this.nextDue(endMs)) {
      this.moveTo(next.dueMs);
      this.tasks.delete(next);
      next.run();
      // oxlint-disable-next-line no-await-in-loop -- a task may plan the next one
      await this.flush();
    }
    this.moveTo(endMs);
    await this.flush();
  }

  /** Lets every promise that can settle now settle. */
  async flush(): Promise<void> {
    await this.nextTurn();
    await this.nextTurn();
  }

  private moveTo(monotonicMs: number): void {
    const delta = Math.max(0, monotonicMs - this.monotonic);
    this.monotonic += delta;
    this.wall += delta;
  }

  private nextDue(endMs: number): Task | undefined {
    let next: Task | undefined;
    for (const task of this.tasks) {
      if (task.dueMs <= endMs && (next === undefined || task.dueMs < next.dueMs)) next = task;
    }
    return next;
  }
}
