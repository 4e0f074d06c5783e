import type { Random } from './random.js';

/** What a seed chooses once. */
export interface Settings {
  nodes: number;
  /** Often fewer than there are nodes, so that ids change hands. */
  workerIds: number;
  ttlMs: number;
  graceMs: number;
  timeoutMs: number;
  toleranceMs: number;
  maxAheadMs: number;
  /** Wall clocks move on in steps of this: the longer they are, the sooner two nodes are at one timestamp. */
  clockStepMs: number;
  /** Wall clocks of the nodes differ by up to twice this. */
  offsetMs: number;
  /** Of a message, at most. The slower they are, the more happens between a read and the write that rests on it. */
  delayMs: number;
  lossChance: number;
  lateChance: number;
  /** The service tells whose session is over, as ZooKeeper does. */
  sessionMs: number | undefined;
  /** Each millisecond's sequence begins at 0: equal timestamps of two holders are equal ids. */
  sequenceFromZero: boolean;
  /** The longest time between two faults. */
  faultGapMs: number;
}

export function chooseSettings(random: Random): Settings {
  const nodes = random.whole(5, 8);
  const ttlMs = random.whole(400, 1_000);
  return {
    nodes,
    workerIds: random.pick([1, 2, random.whole(3, nodes + 1)]),
    ttlMs,
    graceMs: Math.round(ttlMs * random.pick([0.05, 0.2, 1])),
    timeoutMs: Math.min(1_000, ttlMs / 2),
    toleranceMs: Math.round(ttlMs * random.pick([0, 0.05, 1, 2])),
    maxAheadMs: ttlMs * random.pick([2, 5, 8]),
    clockStepMs: random.pick([1, 16, 50]),
    offsetMs: ttlMs * random.pick([0.02, 1, 2.5]),
    delayMs: ttlMs * random.pick([0.01, 0.05, 0.15]),
    lossChance: random.pick([0, 0.02, 0.08]),
    lateChance: random.pick([0, 0.05, 0.2]),
    sessionMs: random.chance(0.4) ? ttlMs * random.between(0.4, 1) : undefined,
    sequenceFromZero: random.chance(0.8),
    faultGapMs: ttlMs * random.pick([0.1, 0.2, 0.4]),
  };
}
