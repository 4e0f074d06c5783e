export interface LoadLimits {
  /** Calls that may wait for an answer at the same time. */
  readonly maxInFlight: number;
  /** How long a call may have waited for its turn in the event loop; 0 for any time. */
  readonly maxLoopDelayMs: number;
}

export interface LoadGateDependencies {
  /** A monotonic clock. */
  readonly nowMs: () => number;
  /** Calls back once this turn of the event loop has looked at all sockets. */
  readonly afterTurn: (callback: () => void) => void;
}

const REAL: LoadGateDependencies = {
  nowMs: () => performance.now(),
  afterTurn: (callback) => void setImmediate(callback),
};

/**
 * Whether a node takes on another call. One for all edges, as they share the event loop.
 *
 * Calls that are answered from memory never wait in this process: under too many of them what grows is the turn of the
 * event loop, in which every socket that has something is served once. A call may come in just after its socket was
 * looked at, and be served at the end of the next turn. So a turn may take on calls for half of the time that a
 * call may wait; what comes later in it is refused, which is quick, and the turn ends.
 */
export class LoadGate {
  /** Calls taken on that are not answered yet. */
  inFlight = 0;
  /** Calls refused so far. */
  shed = 0;
  private readonly budgetMs: number;
  private turnStartMs: number | undefined;
  private isUsedUp = false;

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
    if (this.turnStartMs === undefined) {
      this.turnStartMs = nowMs;
      this.deps.afterTurn(this.endTurn);
      return false;
    }
    this.isUsedUp = nowMs - this.turnStartMs > this.budgetMs;
    return this.isUsedUp;
  }

  private readonly endTurn = (): void => {
    this.turnStartMs = undefined;
    this.isUsedUp = false;
  };
}
