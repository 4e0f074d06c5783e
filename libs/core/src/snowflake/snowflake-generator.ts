import {
  assertCount,
  assertKey,
  IdunError,
  type DecodedSnowflake,
  type SnowflakeIds,
} from '#contracts';
import type { Clock, Scheduler } from '../clock.js';
import { clockBackwards, overloaded } from '../errors.js';
import { down, UP, type Readiness } from '../readiness.js';
import type { HeldWorkerId, WorkerIdSource } from '../worker-lease/worker-id-source.port.js';
import { decodeSnowflake, endOfTimeMs, type SnowflakeLayout } from './layout.js';
import { LogicalClock } from './logical-clock.js';

export interface SnowflakeOptions {
  layout: SnowflakeLayout;
  epochMs: number;
  /** A step back of the clock up to so much is ridden out. */
  clockToleranceMs: number;
}

export interface SnowflakeDependencies {
  workerIds: WorkerIdSource;
  clock: Clock;
  scheduler: Scheduler;
  /** From 0 to before 1. */
  random: () => number;
}

/** How long a caller waits for a millisecond that has ids left. */
const MAX_WAIT_MS = 2_000;
/** How far timestamps may lag behind the clock under full load. */
const MAX_LAG_MS = 50;
/** The sequence starts at random below this, so that ids of low traffic spread over shards by any modulus. */
const MAX_SEQUENCE_START = 64;

/**
 * Ids made of a timestamp, the node's worker id and a sequence within the millisecond, after Twitter's
 * Snowflake. What makes them unique is the worker id's reservation: see docs/ARCHITECTURE.md.
 */
export class SnowflakeGenerator implements SnowflakeIds {
  private readonly time: LogicalClock;
  private readonly capacity: number;
  private readonly sequenceStarts: number;
  private readonly endMs: number;
  private timestampMs = 0;
  private sequence = 0;
  /** Of the current millisecond. */
  private firstSequence = 0;
  private issuedBefore = 0;
  /** The id of sequence 0 in the current millisecond. */
  private base = 0n;

  constructor(
    private readonly options: SnowflakeOptions,
    private readonly deps: SnowflakeDependencies,
  ) {
    const { layout, epochMs, clockToleranceMs } = options;
    this.time = new LogicalClock(deps.clock, clockToleranceMs);
    this.capacity = 2 ** layout.sequenceBits;
    this.sequenceStarts = Math.min(MAX_SEQUENCE_START, Math.max(2, this.capacity >> 4));
    this.endMs = endOfTimeMs(layout, epochMs);
  }

  /** The next id where one is at hand. Throws what {@link getSnowflakeId} rejects with. */
  trySnowflakeId(key: string): string | undefined {
    assertKey(key);
    return this.tryNext()?.toString();
  }

  async getSnowflakeId(key: string): Promise<string> {
    assertKey(key);
    const id = this.tryNext() ?? (await this.take(1))[0]!;
    return id.toString();
  }

  async getSnowflakeIds(key: string, count: number): Promise<string[]> {
    assertKey(key);
    assertCount(count);
    const ids = await this.take(count);
    return ids.map(String);
  }

  async decodeSnowflakeId(id: string): Promise<DecodedSnowflake> {
    return decodeSnowflake(this.options.layout, this.options.epochMs, id);
  }

  /** Ids given out so far. */
  get totalIssued(): number {
    return this.issuedBefore + this.sequence - this.firstSequence;
  }

  readiness(): Readiness {
    try {
      const nowMs = this.time.nowMs();
      const held = this.deps.workerIds.held();
      this.checkTime(nowMs, held);
      return nowMs > held.floorMs ? UP : down(floorReason(held));
    } catch (error) {
      return down(error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * The next id; undefined where the millisecond or the reservation is used up.
   * @throws `WORKER_LEASE_LOST`, `WORKER_IDS_EXHAUSTED`, `CLOCK_BACKWARDS`, `CLOCK_UNTRUSTED`
   */
  tryNext(): bigint | undefined {
    const nowMs = this.time.nowMs();
    if (nowMs !== this.timestampMs && !this.startMillisecond(this.nextMillisecond(nowMs))) {
      return undefined;
    }
    if (this.sequence >= this.capacity) return undefined;
    return this.base + BigInt(this.sequence++);
  }

  /** `count` ascending ids; between milliseconds the event loop goes on. Throws as `tryNext` does. */
  async take(count: number): Promise<bigint[]> {
    const ids: bigint[] = [];
    const { clock } = this.deps;
    const startedAt = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
    for (;;) {
      const id = this.tryNext();
      if (id !== undefined) {
        ids.push(id);
        this.fill(ids, count);
      }
      if (ids.length === count) return ids;
      if (clock.monotonicMs() - startedAt.monotonicMs > MAX_WAIT_MS) {
        throw clock.wallMs() === startedAt.wallMs
          ? clockBackwards('The clock stands still: set it right.', MAX_WAIT_MS)
          : overloaded('More snowflake ids are asked for than a node can give: ask another node.');
      }
      // oxlint-disable-next-line no-await-in-loop -- the clock is looked at again in another turn
      await this.waitFrom(this.time.nowMs());
    }
  }

  /**
   * Under full load a millisecond that passed while this process did not run is not lost: it is above what
   * was used, and not in the future.
   */
  private nextMillisecond(nowMs: number): number {
    const isUsedUp = this.sequence >= this.capacity;
    return isUsedUp && nowMs - this.timestampMs <= MAX_LAG_MS ? this.timestampMs + 1 : nowMs;
  }

  /** Adds what the current millisecond still has. */
  private fill(ids: bigint[], count: number): void {
    const end = Math.min(this.capacity, this.sequence + count - ids.length);
    while (this.sequence < end) ids.push(this.base + BigInt(this.sequence++));
  }

  private async waitFrom(nowMs: number): Promise<void> {
    const { workerIds, scheduler } = this.deps;
    const held = workerIds.held();
    const belowFloorMs = held.floorMs + 1 - nowMs;
    if (belowFloorMs > this.options.clockToleranceMs) {
      throw clockBackwards(floorReason(held), belowFloorMs);
    }
    if (belowFloorMs > 0) {
      await new Promise<void>((resolve) => void scheduler.after(belowFloorMs, resolve));
    } else if (nowMs > held.reservedUntilMs) {
      await workerIds.extend(nowMs);
    } else {
      await scheduler.nextTurn();
    }
  }

  /** False where the lease does not cover this millisecond: not yet, or not without a longer reservation. */
  private startMillisecond(nowMs: number): boolean {
    const held = this.deps.workerIds.held();
    this.checkTime(nowMs, held);
    if (nowMs <= held.floorMs || nowMs > held.reservedUntilMs) return false;
    const { layout, epochMs } = this.options;
    const shift = BigInt(layout.sequenceBits + layout.workerBits + layout.datacenterBits);
    const worker = BigInt(held.workerId) << BigInt(layout.sequenceBits);
    this.issuedBefore = this.totalIssued;
    this.sequence = this.sequenceStart(nowMs);
    this.firstSequence = this.sequence;
    this.base = (BigInt(nowMs - epochMs) << shift) | worker;
    this.timestampMs = nowMs;
    this.time.use(nowMs);
    this.deps.workerIds.noteIssued(nowMs);
    return true;
  }

  private checkTime(nowMs: number, held: HeldWorkerId): void {
    const behindMs = held.highestTimestampMs - this.deps.clock.wallMs();
    if (behindMs > this.options.clockToleranceMs) {
      throw clockBackwards(
        `The clock is ${behindMs} ms behind the highest timestamp that a node has recorded: set it right, or wait until it has caught up.`,
        behindMs - this.options.clockToleranceMs,
      );
    }
    if (nowMs < this.options.epochMs) {
      throw clockBackwards('The clock is before the snowflake epoch: set it right.', 1_000);
    }
    if (nowMs >= this.endMs) {
      throw new IdunError(
        'KEY_EXHAUSTED',
        'The timestamp bits of the snowflake layout have run out.',
      );
    }
  }

  /** Under a load that needs the whole sequence it starts at 0, so that none of it is lost. */
  private sequenceStart(nowMs: number): number {
    const busy = nowMs - this.timestampMs === 1 && this.sequence > this.capacity / 2;
    return busy ? 0 : Math.floor(this.deps.random() * this.sequenceStarts);
  }
}

const floorReason = (held: HeldWorkerId) =>
  `Timestamps of worker id ${held.workerId} up to ${new Date(held.floorMs).toISOString()} belong to its previous holder: wait until then.`;
