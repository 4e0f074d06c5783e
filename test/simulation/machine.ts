import type { World } from './world.js';

const EPOCH_MS = 1_700_000_000_000;

/** `pause`: the process does not run, as after SIGSTOP. `suspend`: the monotonic clock stands still as well. */
export type Halt = 'pause' | 'suspend';

/** A computer with two clocks of its own, which runs one process at a time, or does not run. */
export class Machine {
  isConnected = true;
  private halted: Halt | undefined;
  private wall: number;
  private monotonic: number;
  private readAtMs = 0;
  private rate = 1;
  /** What became due while it did not run. */
  private deferred: (() => void)[] = [];
  /** What was sent while the network was away, and arrives once it is back. */
  private heldBack: (() => void)[] = [];

  constructor(
    readonly name: string,
    private readonly world: World,
    offsetMs: number,
    private readonly clockStepMs: number,
  ) {
    this.wall = EPOCH_MS + offsetMs;
    this.monotonic = world.random.between(1_000, 1_000_000);
  }

  get runs(): boolean {
    return this.halted === undefined;
  }

  wallMs(): number {
    this.advance();
    return this.wall - (this.wall % this.clockStepMs);
  }

  monotonicMs(): number {
    this.advance();
    return this.monotonic;
  }

  /** How much of true time passes until the monotonic clock has gone on by this. */
  trueDelayOf(monotonicMs: number): number {
    return monotonicMs / this.rate;
  }

  setRate(rate: number): void {
    this.advance();
    this.rate = rate;
  }

  jumpWall(byMs: number): void {
    this.advance();
    this.wall += byMs;
  }

  /** As a time server does it: the wall clock shows the true time, give or take the error. */
  setWallRight(errorMs: number): void {
    this.advance();
    this.wall = EPOCH_MS + this.world.nowMs + errorMs;
  }

  halt(kind: Halt): void {
    this.advance();
    this.halted = kind;
  }

  /** Goes on, with what was interrupted first; the rest in any order, as timers and sockets have none. */
  wake(interrupted: () => void = () => {}): void {
    this.advance();
    this.halted = undefined;
    interrupted();
    const tasks = this.deferred;
    this.deferred = [];
    for (const task of tasks) {
      this.world.after(this.world.random.between(0, 0.5), () => this.whenRunning(task));
    }
  }

  whenRunning(task: () => void): void {
    if (this.runs) task();
    else this.deferred.push(task);
  }

  holdBack(send: () => void): void {
    this.heldBack.push(send);
  }

  reconnect(): void {
    this.isConnected = true;
    const sends = this.heldBack;
    this.heldBack = [];
    for (const send of sends) this.world.after(this.world.random.between(0, 5), send);
  }

  private advance(): void {
    const elapsedMs = this.world.nowMs - this.readAtMs;
    this.readAtMs = this.world.nowMs;
    this.wall += elapsedMs * this.rate;
    if (this.halted !== 'suspend') this.monotonic += elapsedMs * this.rate;
  }
}

export const trueWallMs = (world: World) => EPOCH_MS + world.nowMs;
