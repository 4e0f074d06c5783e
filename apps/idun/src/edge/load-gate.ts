export interface LoadLimits {
  /** Calls that may wait for an answer at the same time. */
  readonly maxInFlight: number;
  /** How long a call may have waited for its turn in the event loop; 0 for any time. */
  readonly maxLoopDelayMs: number;
}

export interface LoadGateDependencies {
  /** A monotonic clock. */
  readonly nowMs: () => number;
  /** CPU time of this process. */
  readonly cpuMs: () => number;
  /** Calls back once this turn of the event loop has looked at all sockets. */
  readonly afterTurn: (callback: () => void) => void;
}

const REAL: LoadGateDependencies = {
  nowMs: () => performance.now(),
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  afterTurn: (callback) => void setImmediate(callback),
};

/** Reading the CPU time costs forty times as much as reading the clock. */
const CPU_READ_EVERY_MS = 5;
/** Of the time for a turn, by the clock: what blocks without using the CPU has to end too. */
const STALL_FACTOR = 8;

/**
 * Whether a node takes on another call. One for all edges, as they share the event loop.
 *
 * Calls that are answered from memory never wait in this process: under too many of them what grows is the turn of the
 * event loop, in which every socket that has something is served once. A call may come in just after its socket was
 * looked at, and be served at the end of the next turn. So a turn may take on calls for half of the time that a
 * call may wait; what comes later in it is refused, and the turn ends.
 *
 * That time is of the CPU: while the machine lets other processes run, refusing calls does not help. It passes no faster
 * than the clock, so the clock tells when to look.
 */
export class LoadGate {
  /** Calls taken on that are not answered yet. */
  inFlight = 0;
  /** Calls refused so far. */
  shed = 0;
  private readonly budgetMs: number;
  /** The first call of the turn; undefined before it. */
  private turnStartMs: number | undefined;
  /** Before it the turn cannot be used up. */
  private lookAtMs = 0;
  private isUsedUp = false;
  /** CPU time at the beginning of the turn, or a little before, and when it was read. */
  private cpuStartMs = 0;
  private cpuReadAtMs = -Infinity;

  constructor(
    private readonly limits: LoadLimits,
    private readonly deps: LoadGateDependencies = REAL,
  ) {
    this.budgetMs = limits.maxLoopDelayMs === 0 ? Infinity : limits.maxLoopDelayMs / 2;
  }

  /** To be asked for each call that comes in; true where it is to be refused. */
  refuses(): boolean {
    if (this.inFlight < this.limits.maxInFlight && !this.isTurnUsedUp()) return false;
    this.shed++;
    return true;
  }

  /** A call that is not answered at once; needs one `end`. */
  begin(): void {
    this.inFlight++;
  }

  end(): void {
    this.inFlight--;
  }

  /** Never for the first call of a turn: whatever a call costs, some are answered. */
  private isTurnUsedUp(): boolean {
    if (this.isUsedUp) return true;
    const nowMs = this.deps.nowMs();
    if (this.turnStartMs === undefined) this.beginTurn(nowMs);
    else if (nowMs > this.lookAtMs) this.look(nowMs, this.turnStartMs);
    return this.isUsedUp;
  }

  private beginTurn(nowMs: number): void {
    this.turnStartMs = nowMs;
    this.lookAtMs = nowMs + this.budgetMs;
    if (nowMs - this.cpuReadAtMs > CPU_READ_EVERY_MS) {
      this.cpuStartMs = this.deps.cpuMs();
      this.cpuReadAtMs = nowMs;
    }
    this.deps.afterTurn(this.endTurn);
  }

  private look(nowMs: number, turnStartMs: number): void {
    const leftMs = this.budgetMs - (this.deps.cpuMs() - this.cpuStartMs);
    const stalledAtMs = turnStartMs + this.budgetMs * STALL_FACTOR;
    this.isUsedUp = leftMs < 0 || nowMs > stalledAtMs;
    this.lookAtMs = Math.min(nowMs + leftMs, stalledAtMs);
  }

  private readonly endTurn = (): void => {
    this.turnStartMs = undefined;
    this.isUsedUp = false;
  };
}
