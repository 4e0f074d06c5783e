/** The two clocks of a machine. Neither is trusted alone: see docs/ARCHITECTURE.md. */
export interface Clock {
  /** Milliseconds since the Unix epoch, an integer. May jump both ways. */
  wallMs(): number;
  /** Milliseconds since some fixed point. Never goes back; stands still while a machine is suspended. */
  monotonicMs(): number;
}

/** Deferred work, injected so that a test can move time. */
export interface Scheduler {
  /** Runs `task` once after `delayMs`; the returned function cancels it. Never keeps a process alive. */
  after(delayMs: number, task: () => void): () => void;
  /** Resolves in a later turn of the event loop, as soon as pending I/O has had its chance. */
  nextTurn(): Promise<void>;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

export const systemScheduler: Scheduler = {
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  nextTurn: () => new Promise((resolve) => void setImmediate(resolve)),
};
