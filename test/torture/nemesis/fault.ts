import type { Cluster } from '../cluster/cluster.js';
import type { Random } from '../../simulation/random.js';
import type { Backups } from './backups.js';

export interface Scene {
  cluster: Cluster;
  backups: Backups;
  random: Random;
}

/** A fault that was drawn: what it strikes is decided, nothing has happened yet. */
export interface Drawn {
  target: string;
  /** What it takes away. Two faults that take the same never overlap. */
  takes: readonly string[];
  strike: () => Promise<void>;
  /** Sets right what it broke. The fault is over when this begins. */
  end: () => Promise<void>;
  /** What has to be done before anything else is broken, and callers do not wait for. */
  repair?: () => Promise<void>;
}

export interface FaultKind {
  weight: number;
  /** Undefined where it cannot be now. */
  draw: (scene: Scene) => Drawn | undefined;
}
