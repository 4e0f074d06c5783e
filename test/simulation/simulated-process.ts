import {
  SnowflakeGenerator,
  WorkerLease,
  WorkerRegistry,
  type Clock,
  type Scheduler,
  type WorkerIdSource,
} from '#core';
import { IdunError } from '#contracts';
import type { Checker, Readings } from './checker.js';
import { EPOCH_MS, LAYOUT, partsOf } from './ids.js';
import type { Machine } from './machine.js';
import type { Network } from './network.js';
import { RecordLink } from './record-link.js';
import type { LeaseService } from './lease-service.js';
import type { Settings } from './settings.js';
import type { World } from './world.js';

export interface Surroundings {
  world: World;
  settings: Settings;
  service: LeaseService;
  network: Network;
  checker: Checker;
}

/** One run of the program on a machine, from its start to its stop or crash, with an owner token of its own. */
export class SimulatedProcess implements Clock, Scheduler {
  isAlive = true;
  /** The last look at the clocks before the request that was confirmed last. */
  requested: Readings | undefined;
  readonly lease: WorkerLease;
  private readonly generator: SnowflakeGenerator;
  readonly read: Readings = { wallMs: 0, monotonicMs: 0 };
  /** So many of the next readings were made before the process was interrupted. */
  private earlier: (Readings & { left: number }) | undefined;

  constructor(
    readonly owner: string,
    readonly machine: Machine,
    private readonly around: Surroundings,
  ) {
    const { settings, world, checker } = around;
    const random = () => world.random.next();
    this.lease = this.newLease(random);
    const workerIds: WorkerIdSource = {
      held: () => {
        const held = this.lease.held();
        checker.useLease(owner, this.requested, this.read);
        return held;
      },
      extend: (timestampMs) => this.lease.extend(timestampMs),
      noteIssued: (timestampMs) => this.lease.noteIssued(timestampMs),
    };
    this.generator = new SnowflakeGenerator(
      { layout: LAYOUT, epochMs: EPOCH_MS, clockToleranceMs: settings.toleranceMs },
      {
        workerIds,
        clock: this,
        scheduler: this,
        random: settings.sequenceFromZero ? () => 0 : random,
      },
    );
    this.lease.start(machine.name);
  }

  /** Some ids one by one, as a caller gets them who does not wait. */
  askNow(count: number): void {
    try {
      for (let index = 0; index < count; index++) {
        const id = this.generator.tryNext();
        if (id === undefined) break;
        this.issue(id);
      }
    } catch (error) {
      this.refused(error);
    }
  }

  /** The number of ids that were given. */
  async ask(count: number): Promise<number> {
    try {
      const ids = await this.generator.take(count);
      ids.forEach((id) => this.issue(id));
      return ids.length;
    } catch (error) {
      this.refused(error);
      return 0;
    }
  }

  /**
   * A call that begins now and is interrupted after some readings of the clocks, at the latest between the
   * check and the issue. Returns what goes on when the machine runs again. The readings before are the old ones; of what
   * else the call looks at nothing changes while the process does not run.
   */
  beginInterruptedCall(readings: number): () => void {
    const { machine } = this;
    const earlier = { wallMs: machine.wallMs(), monotonicMs: machine.monotonicMs() };
    return () => {
      if (!this.isAlive) return;
      this.earlier = { ...earlier, left: readings };
      this.askNow(3);
      this.earlier = undefined;
    };
  }

  wallMs(): number {
    return (this.read.wallMs = this.earlierReading()?.wallMs ?? this.machine.wallMs());
  }

  monotonicMs(): number {
    return (this.read.monotonicMs =
      this.earlierReading()?.monotonicMs ?? this.machine.monotonicMs());
  }

  after(delayMs: number, task: () => void): () => void {
    const { machine } = this;
    const { world } = this.around;
    const dueMs = machine.monotonicMs() + Math.max(0, delayMs);
    let isCancelled = false;
    const fire = () => {
      if (isCancelled || !this.isAlive) return;
      const leftMs = dueMs - machine.monotonicMs();
      if (leftMs > 1e-6) world.after(machine.trueDelayOf(leftMs), () => machine.whenRunning(fire));
      else task();
    };
    world.after(machine.trueDelayOf(delayMs), () => machine.whenRunning(fire));
    return () => void (isCancelled = true);
  }

  nextTurn(): Promise<void> {
    const { world } = this.around;
    return new Promise((resolve) => {
      world.after(world.random.between(0.3, 1.2), () =>
        this.machine.whenRunning(() => {
          if (this.isAlive) resolve();
        }),
      );
    });
  }

  private newLease(random: () => number): WorkerLease {
    const { settings, world, service, network } = this.around;
    const { ttlMs, graceMs, timeoutMs, maxAheadMs, workerIds } = settings;
    const registry = new WorkerRegistry(new RecordLink(this, service, network), {
      firstWorkerId: 0,
      lastWorkerId: workerIds - 1,
      leaseTtlMs: ttlMs,
      graceMs,
      maxAheadMs,
      clock: this,
    });
    return new WorkerLease(
      { owner: this.owner, ttlMs, timeoutMs },
      {
        store: registry,
        clock: this,
        scheduler: this,
        random,
        onChange: (workerId, failure) =>
          world.note(this.owner, () => `worker id ${workerId ?? 'none'} ${codeOf(failure)}`),
      },
    );
  }

  private issue(exactId: bigint): void {
    const id = Number(exactId);
    const { checker, service } = this.around;
    checker.issue(id, this.owner, service.reservedFor(this.owner, partsOf(id).workerId));
  }

  private earlierReading(): Readings | undefined {
    if (this.earlier === undefined || this.earlier.left === 0) return undefined;
    this.earlier.left--;
    return this.earlier;
  }

  private refused(error: unknown): void {
    const { world, checker } = this.around;
    if (!(error instanceof IdunError)) checker.fail('error', `${this.owner}: ${String(error)}`);
    world.count(codeOf(error));
  }
}

const codeOf = (error: unknown) =>
  error instanceof IdunError ? error.code : error === undefined ? '' : 'INTERNAL';
