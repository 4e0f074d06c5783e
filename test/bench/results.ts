import type { Sample } from './load/measure.js';
import type { InProcessResult } from './in-process/measure.js';
import type { LeasedResult } from './leased/measure.js';

/** Everything that one run measured: what the JSON file has, and what the tables are made of. */
export interface BenchResults {
  machine: Machine;
  rounds: number;
  seconds: number;
  /** By scenario id, one sample a round. */
  samples: Record<string, Sample[]>;
  /** One value a round; absent with `--only`. */
  inProcess?: InProcessResult;
  /** Ids issued by a client from leases; absent with `--only`. */
  leased?: LeasedResult;
  /** MB, one value a start. */
  idleMemoryMb?: number[];
}

export interface Machine {
  date: string;
  cpu: string;
  cores: number;
  node: string;
  system: string;
  pinning: string;
  commit: string;
}
