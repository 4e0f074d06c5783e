import { storeRewoundForGood } from '../errors.js';
import type {
  Allocation,
  FreeRangeStore,
  RewindableStore,
  SegmentRange,
} from '../segment/segment-store.port.js';
import { degraded, down, UP, type Readiness } from '../readiness.js';
import type { RangeMemory } from './range-memory.port.js';
import {
  MARGIN_STEPS,
  ServerWatch,
  type RangeGuardOptions,
  type ServerWatchDependencies,
} from './server-watch.js';
import { isAdmitted, type Asked, type Rewind, type Verdict } from './verdict.js';
import { CLAIM_WINDOW_MS } from './witness.port.js';

export interface RewindEvent {
  key: string;
  /** What the store gave; none of it was handed out. */
  range: SegmentRange;
  reason: string;
  /** Where the counter stands now; undefined where it was left alone. */
  maxId: bigint | undefined;
}

export interface RangeGuardDependencies extends ServerWatchDependencies {
  store: FreeRangeStore & RewindableStore;
  memory: RangeMemory;
  /** For the operator: the store has gone back. Once over all nodes that heal. */
  onRewind: (event: RewindEvent) => void;
  /** A range is not handed out, for whatever reason. */
  onDropped: (key: string, range: SegmentRange) => void;
}

/**
 * Stands between a store and whoever hands out what it gives: no range is handed out before it is admitted here. It
 * notices a store that has gone back in time, by a witness that all nodes share, or else by what this node has seen.
 */
export class RangeGuard {
  /** Keys that give nothing, with where an operator has to advance them to. */
  private readonly refused = new Map<string, Rewind>();
  private readonly servers: ServerWatch;

  constructor(
    private readonly options: RangeGuardOptions,
    private readonly deps: RangeGuardDependencies,
  ) {
    this.servers = new ServerWatch(options, deps);
  }

  /** Whether returned ranges have to be released between their end and their return. */
  get hasWitness(): boolean {
    return this.deps.witness !== undefined;
  }

  /** Whether ranges can be admitted, and how surely. */
  get readiness(): Readiness {
    const { witness } = this.deps;
    if (!witness || witness.isReachable) return UP;
    return witness.isRequired
      ? down('the witness does not answer')
      : degraded('the witness does not answer: this node vouches for its ranges alone');
  }

  /** Whether `open` has to be called, with a max_id that was read just now. */
  needsOpening(key: string): boolean {
    return this.refused.has(key) || this.deps.witness?.needsOpening(key) === true;
  }

  /**
   * Before a range of the key is asked for. `maxId` was read from the store just now.
   * @throws `STORE_REWOUND` while the key is refused, `STORE_UNAVAILABLE` where the witness is required and out of reach
   */
  async open(key: string, maxId: bigint, timeoutMs: number): Promise<void> {
    const refusal = this.refused.get(key);
    if (refusal && maxId < refusal.to) throw storeRewoundForGood(key, new Error(refusal.reason));
    this.refused.delete(key);
    await this.deps.witness?.open(key, maxId, timeoutMs);
  }

  /** Called right before a range is asked for. */
  ask(key: string): Asked {
    const { clock, memory } = this.deps;
    const leases = memory.of(key)?.leases ?? 0n;
    return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs(), leases };
  }

  /**
   * Whether this range may be handed out. `floor`: nothing below was ever to be given to the one who asked. `isFree`: it
   * comes from the free ranges.
   * @throws `STORE_UNAVAILABLE` where a witness is required and does not answer, or another server has to be accepted
   * and does not answer; the range is dropped then
   */
  async judge(
    key: string,
    range: Allocation,
    { asked, floor, isFree }: { asked: Asked; floor: bigint; isFree: boolean },
    timeoutMs: number,
  ): Promise<Verdict> {
    const verdict = await this.verdictOf(key, range, asked, floor, timeoutMs).catch(
      (error: unknown) => {
        this.deps.onDropped(key, range);
        throw error;
      },
    );
    if (isAdmitted(verdict)) {
      this.servers.settled();
      await this.deps.memory.note(key, range, range.proof);
      return verdict;
    }
    this.deps.onDropped(key, range);
    if (verdict === 'drop' || !isFree) return verdict;
    // Free ranges may have been there before the witness was.
    await this.deps.store.dropFree(key, timeoutMs);
    return 'drop';
  }

  /** Resolves once the key can be asked again. @throws `STORE_REWOUND` where it must not, `STORE_UNAVAILABLE` */
  async rewound(
    key: string,
    range: SegmentRange,
    rewind: Rewind,
    asked: Asked,
    timeoutMs: number,
  ): Promise<void> {
    const { store, witness, onRewind } = this.deps;
    const { reason, to, isProven } = rewind;
    if (this.options.onRewind === 'refuse') {
      this.refused.set(key, rewind);
      onRewind({ key, range, reason, maxId: undefined });
      throw storeRewoundForGood(key, new Error(reason));
    }
    const { maxId, healed } = await store.heal(
      {
        key,
        to,
        seenLeases: asked.leases,
        // Where it is only preferred, others may have given ranges that it does not know of yet.
        marginSteps: isProven && witness?.isRequired ? 0 : MARGIN_STEPS,
        holder: this.options.holder,
        reason,
      },
      timeoutMs,
    );
    if (healed) onRewind({ key, range, reason, maxId });
  }

  /** Tells the witness, where there is one, what was given without it. */
  async settle(timeoutMs: number): Promise<void> {
    await this.deps.witness?.settle(timeoutMs);
  }

  /**
   * Makes ids that are given up known to the witness. False where they are lost, as it does not confirm that. Without a
   * claim it cannot know whose they are by now.
   */
  async release(
    key: string,
    range: SegmentRange,
    claim: bigint | undefined,
    timeoutMs: number,
  ): Promise<boolean> {
    const { witness } = this.deps;
    if (witness === undefined) return true;
    return claim !== undefined && witness.release(key, range, claim, timeoutMs);
  }

  private async verdictOf(
    key: string,
    range: Allocation,
    asked: Asked,
    floor: bigint,
    timeoutMs: number,
  ): Promise<Verdict> {
    const { witness, memory } = this.deps;
    const { proof } = range;
    if (proof && (!proof.isKnownServer || proof.epoch < memory.epoch)) {
      await this.servers.otherServer(key, proof, memory.epoch, timeoutMs);
      return 'drop';
    }
    const claim = await witness?.claim(key, range, proof?.epoch, timeoutMs);
    if (claim?.verdict === 'stale' && proof) {
      await this.servers.otherServer(key, proof, claim.epoch, timeoutMs);
      return 'drop';
    }
    // What could not be claimed for so long may be somebody else's by now, and a refusal is no sign of anything then.
    if (witness && claim?.verdict !== 'claimed' && this.isLate(asked)) return 'drop';
    if (claim?.verdict === 'rewound') {
      const to = highest(claim.mark, memory.of(key)?.mark ?? 1n);
      return { reason: 'the witness has these ids as given', to, isProven: true };
    }
    // Also of what was claimed: there may have been ranges that the witness was not told of.
    const own = this.seenHere(key, range, asked, floor);
    return own ?? { claim: claim?.verdict === 'claimed' ? claim.claim : undefined };
  }

  /** What speaks against the range by what this node has seen; undefined where nothing does. */
  private seenHere(
    key: string,
    { end, start, proof }: Allocation,
    asked: Asked,
    floor: bigint,
  ): Rewind | undefined {
    const to = highest(this.deps.memory.of(key)?.mark ?? 1n, floor);
    if (start < floor) return { reason: `ids below ${floor} were given here`, to, isProven: false };
    if (proof && proof.leases <= asked.leases) {
      const reason = `${asked.leases} ranges were given, and the store knows of ${proof.leases}`;
      return { reason, to: highest(to, end), isProven: false };
    }
    return undefined;
  }

  /** By the clock that says so first: the monotonic one stands still in a suspended machine. */
  private isLate(asked: Asked): boolean {
    const { clock } = this.deps;
    const elapsedMs = Math.max(
      clock.monotonicMs() - asked.monotonicMs,
      clock.wallMs() - asked.wallMs,
    );
    return elapsedMs > CLAIM_WINDOW_MS / 2;
  }
}

const highest = (a: bigint, b: bigint) => (a > b ? a : b);
