import { IdunError } from '#contracts';
import type { Scheduler } from '../clock.js';
import { storeUnavailable } from '../errors.js';
import type { SegmentRange } from '../segment/segment-store.port.js';
import type { Claim, Witness } from './witness.port.js';

export interface WitnessLinkOptions {
  /** `prefer`: what it does not answer for is taken on this node's own word. `require`: it is not taken. */
  mode: 'prefer' | 'require';
}

export interface WitnessLinkDependencies {
  witness: Witness;
  scheduler: Scheduler;
  /** For the operator: it answers again, or no more. */
  onReachable: (isReachable: boolean, error: unknown) => void;
}

/** Between two attempts to tell it what was given without it. */
const PAUSE_MS = 500;
const MAX_TIMEOUT_MS = 1_000;
const MAX_UNCOVERED = 10_000;

interface Uncovered {
  key: string;
  range: SegmentRange;
}

/**
 * The witness as far as it can be reached. What was given without it is told to it afterwards, so that a store which
 * goes back later is found out nevertheless.
 */
export class WitnessLink {
  /** As far as the last call shows. */
  isReachable = true;
  private readonly opened = new Set<string>();
  private uncovered: Uncovered[] = [];
  private coverArmed = false;
  private coverTurn: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: WitnessLinkOptions,
    private readonly deps: WitnessLinkDependencies,
  ) {}

  get isRequired(): boolean {
    return this.options.mode === 'require';
  }

  /** Also where it has to answer and did not: asking the store for a range would only waste it. */
  needsOpening(key: string): boolean {
    return !this.opened.has(key) || (this.isRequired && !this.isReachable);
  }

  /** @throws `STORE_UNAVAILABLE` where it is required */
  async open(key: string, maxId: bigint, timeoutMs: number): Promise<void> {
    if (!this.needsOpening(key)) return;
    const done = await this.ask(timeoutMs, (limitMs) =>
      this.deps.witness.open(key, maxId, limitMs).then(() => true),
    );
    if (done) this.opened.add(key);
  }

  /**
   * Undefined where it does not answer and is not required; the range is covered later.
   * @throws `STORE_UNAVAILABLE` where it is required
   */
  async claim(
    key: string,
    range: SegmentRange,
    epoch: bigint,
    timeoutMs: number,
  ): Promise<Claim | undefined> {
    const claim = await this.ask(timeoutMs, async (limitMs) => {
      if (!this.opened.has(key)) throw storeUnavailable(new Error('the key was not opened'));
      return this.deps.witness.claim(key, range, epoch, limitMs);
    }).catch((error: unknown) => {
      this.opened.delete(key);
      throw error;
    });
    if (claim) return claim;
    // Perhaps because the witness has lost the key: it is opened anew.
    this.opened.delete(key);
    this.coverLater({ key, range });
    return undefined;
  }

  /** False where it is not known to be done. */
  async release(key: string, range: SegmentRange, timeoutMs: number): Promise<boolean> {
    const { witness } = this.deps;
    try {
      await this.coverKey(key, timeoutMs);
      await this.ask(timeoutMs, (limitMs) => witness.release(key, range, limitMs), true);
      return true;
    } catch (error) {
      if (error instanceof IdunError) return false;
      throw error;
    }
  }

  private async ask<T>(
    timeoutMs: number,
    call: (timeoutMs: number) => Promise<T>,
    isRequired = this.isRequired,
  ): Promise<T | undefined> {
    // Nobody waits for it again before it has taken what was given without it.
    if (!isRequired && !this.isReachable) return undefined;
    try {
      const answer = await call(Math.min(timeoutMs, MAX_TIMEOUT_MS));
      this.reached();
      return answer;
    } catch (error) {
      this.failed(error);
      if (isRequired) throw error;
      return undefined;
    }
  }

  private reached(): void {
    if (!this.isReachable) this.deps.onReachable(true, undefined);
    this.isReachable = true;
  }

  private failed(error: unknown): void {
    if (this.isReachable) this.deps.onReachable(false, error);
    this.isReachable = false;
  }

  private coverLater(given: Uncovered): void {
    if (this.uncovered.length >= MAX_UNCOVERED) return;
    this.uncovered.push(given);
    this.armCover();
  }

  private armCover(): void {
    if (this.coverArmed) return;
    this.coverArmed = true;
    this.deps.scheduler.after(PAUSE_MS, () => {
      this.coverArmed = false;
      void this.coverAll();
    });
  }

  private async coverAll(): Promise<void> {
    try {
      // oxlint-disable-next-line no-await-in-loop -- in order, and not all at once
      while (this.uncovered.length > 0) await this.coverOne(this.uncovered[0]!, MAX_TIMEOUT_MS);
    } catch {
      this.armCover();
    }
  }

  /** What is released must not be covered after it. */
  private async coverKey(key: string, timeoutMs: number): Promise<void> {
    for (const given of this.uncovered.filter((each) => each.key === key)) {
      // oxlint-disable-next-line no-await-in-loop -- a few
      await this.coverOne(given, timeoutMs);
    }
  }

  /** One after the other, each of them once. */
  private coverOne(given: Uncovered, timeoutMs: number): Promise<void> {
    const covered = this.coverTurn.then(async () => {
      if (!this.uncovered.includes(given)) return;
      await this.ask(timeoutMs, (limitMs) => this.cover(given, limitMs), true);
      this.uncovered = this.uncovered.filter((each) => each !== given);
    });
    this.coverTurn = covered.catch(() => undefined);
    return covered;
  }

  private async cover({ key, range }: Uncovered, timeoutMs: number): Promise<void> {
    const { witness } = this.deps;
    // Where it does not know the key it begins above all that nobody claimed.
    if (!this.opened.has(key)) await witness.open(key, range.start, timeoutMs);
    await witness.cover(key, range, timeoutMs);
  }
}
