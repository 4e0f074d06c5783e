import type { Clock } from '../clock.js';
import { storeRewoundForGood } from '../errors.js';
import type { RewindableStore, StoreProof } from '../segment/segment-store.port.js';
import type { WitnessLink } from './witness-link.js';

export interface RangeGuardOptions {
  /** `heal`: the key moves on. `refuse`: it gives nothing until an operator has advanced it. */
  onRewind: 'heal' | 'refuse';
  /** The name of this node in the journal. */
  holder: string;
}

export interface ServerWatchDependencies {
  store: RewindableStore;
  witness: WitnessLink | undefined;
  clock: Clock;
  /** For the operator: this node has put another server on record; `hasMoved`: with a margin for every key. */
  onServerChanged: (hasMoved: boolean) => void;
}

/**
 * Moves of a key where nobody can say how far it had come: of its step, or of its largest range. A replica that takes
 * part in a fail-over lags by less.
 */
export const MARGIN_STEPS = 16;

/** Longer than it takes to find the other server, shorter than callers should be without ids. */
const STALE_ACCEPTED_AFTER_MS = 3_000;

/** What to do about a range of a server that is not the one on record, or that is older than another one. */
export class ServerWatch {
  /** Since when there was nothing but answers of an older server. */
  private staleSinceMs: number | undefined;

  constructor(
    private readonly options: RangeGuardOptions,
    private readonly deps: ServerWatchDependencies,
  ) {}

  /** A range of the right server was admitted. */
  settled(): void {
    this.staleSinceMs = undefined;
  }

  /**
   * Resolves once another range can be asked for. An older server, on record in its own store, is left, as one that stood
   * still for a while and woke up; where no other answers for some time, its store is a backup, and all there is.
   *
   * @throws `STORE_REWOUND` where nobody may decide that but an operator, `STORE_UNAVAILABLE`
   */
  async otherServer(
    key: string,
    proof: StoreProof,
    seenEpoch: bigint,
    timeoutMs: number,
  ): Promise<void> {
    if (proof.isKnownServer && !this.isOnlyServer()) {
      const hasOthers = this.deps.store.passOver('it is older than a server that was seen since');
      // The other one may serve others meanwhile, and only a witness can tell what each of them gives.
      if (hasOthers && !this.isWitnessed) this.staleSinceMs = undefined;
      return;
    }
    await this.accept(key, seenEpoch, timeoutMs);
  }

  private get isWitnessed(): boolean {
    return this.deps.witness?.isReachable === true;
  }

  private isOnlyServer(): boolean {
    const nowMs = this.deps.clock.monotonicMs();
    this.staleSinceMs ??= nowMs;
    return nowMs - this.staleSinceMs >= STALE_ACCEPTED_AFTER_MS;
  }

  private async accept(key: string, seenEpoch: bigint, timeoutMs: number): Promise<void> {
    const { store, witness, onServerChanged } = this.deps;
    const { onRewind, holder } = this.options;
    if (!this.isWitnessed && onRewind === 'refuse') {
      const reason = 'another database server answers, and it may lack the last ranges';
      throw storeRewoundForGood(key, new Error(reason));
    }
    // Where it is only preferred, others may have given ranges that it does not know of yet.
    const marginSteps = this.isWitnessed && witness?.isRequired ? 0 : MARGIN_STEPS;
    if (await store.acceptServer({ seenEpoch, marginSteps, holder }, timeoutMs)) {
      onServerChanged(marginSteps > 0);
    }
  }
}
