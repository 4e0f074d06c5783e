import { IdunError } from '#contracts';
import type { Scheduler } from '../clock.js';
import { storeUnavailable } from '../errors.js';
import type { SegmentRange } from '../segment/segment-store.port.js';
import { KeyNotOpened, KeyUnreadable } from './witness-state.js';
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
/** More than a day of an outage has as a rule; the oldest are forgotten, and a rewind of these is not noticed. */
const MAX_UNCOVERED = 100_000;

interface Uncovered {
  key: string;
  range: SegmentRange;
}

/**
 * The witness as far as it can be reached. What was given without it is told to it afterwards, so that a store which
 * goes back later is found out nevertheless.
 */
export class WitnessLink {
  /** As far as the last calls show; again only once it knows all that was given without it. */
  isReachable = true;
  private readonly opened = new Set<string>();
  private readonly uncovered: Uncovered[] = [];
  private coverArmed = false;

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
    epoch: bigint | undefined,
    timeoutMs: number,
  ): Promise<Claim | undefined> {
    const claim = await this.ask(timeoutMs, async (limitMs) => {
      if (!this.opened.has(key)) throw storeUnavailable(new KeyNotOpened(key));
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

  /** False where some of it may be somebody else's, or it is not known to be done. */
  async release(
    key: string,
    range: SegmentRange,
    claim: bigint,
    timeoutMs: number,
  ): Promise<boolean> {
    // No cover can come after it: what waits for one is what no claim is known of, and that is not released.
    const release = (limitMs: number) => this.deps.witness.release(key, range, claim, limitMs);
    try {
      return (await this.ask(timeoutMs, release, true)) === true;
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
      if (!isOfOneKey(error)) this.failed(error);
      if (isRequired) throw error;
      return undefined;
    }
  }

  private reached(): void {
    if (this.uncovered.length > 0) return;
    if (!this.isReachable) this.deps.onReachable(true, undefined);
    this.isReachable = true;
  }

  private failed(error: unknown): void {
    if (this.isReachable) this.deps.onReachable(false, error);
    this.isReachable = false;
  }

  private coverLater(given: Uncovered): void {
    if (this.uncovered.length >= MAX_UNCOVERED) this.uncovered.shift();
    this.uncovered.push(given);
    this.armCover();
  }

  private armCover(): void {
    if (this.coverArmed) return;
    this.coverArmed = true;
    this.deps.scheduler.after(PAUSE_MS, () => {
      void this.settle(MAX_TIMEOUT_MS).then(() => {
        this.coverArmed = false;
        if (this.uncovered.length > 0) this.armCover();
      });
    });
  }

  /** Tells it of what was given without it, one after the other, until a call fails. */
  async settle(timeoutMs: number): Promise<void> {
    try {
      for (let given = this.uncovered[0]; given; given = this.uncovered[0]) {
        // oxlint-disable-next-line no-await-in-loop -- in order, and not all at once
        await this.cover(given, Math.min(timeoutMs, MAX_TIMEOUT_MS));
        if (this.uncovered[0] === given) this.uncovered.shift();
      }
      this.reached();
    } catch (error) {
      this.failed(error);
    }
  }

  private async cover({ key, range }: Uncovered, timeoutMs: number): Promise<void> {
    const { witness } = this.deps;
    try {
      // Where it does not know the key it begins above what is to be covered.
      if (!this.opened.has(key)) await witness.open(key, range.end, timeoutMs);
      await witness.cover(key, range, timeoutMs);
    } catch (error) {
      this.opened.delete(key);
      // What it has of the key is for an operator to mend, and no other key has to wait for that.
      if (!isUnreadable(error)) throw error;
    }
  }
}

/** It does answer: it only does not know the key, or cannot read what it has of it. */
function isOfOneKey(error: unknown): boolean {
  return isUnreadable(error) || (error instanceof IdunError && error.cause instanceof KeyNotOpened);
}

function isUnreadable(error: unknown): boolean {
  return error instanceof IdunError && error.cause instanceof KeyUnreadable;
}
