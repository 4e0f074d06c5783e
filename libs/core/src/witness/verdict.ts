/** What was known before a range was asked for. */
export interface Asked {
  readonly monotonicMs: number;
  readonly wallMs: number;
  readonly leases: bigint;
}

export interface Rewind {
  readonly reason: string;
  /** Where the counter has to be at least. */
  readonly to: bigint;
  /** Whether all that was given lies below `to`, or more may have been. */
  readonly isProven: boolean;
}

/** The range may be handed out. */
export interface Admission {
  /** Which its release has to name. Undefined without a witness, and where that did not answer. */
  readonly claim: bigint | undefined;
}

/** `drop`: the range is nobody's, and another one is to be asked for. */
export type Verdict = Admission | 'drop' | Rewind;

export function isAdmitted(verdict: Verdict): verdict is Admission {
  return verdict !== 'drop' && 'claim' in verdict;
}
