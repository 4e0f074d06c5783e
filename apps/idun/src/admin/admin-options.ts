import type { KeyAdmin, RangeJournal, WorkerDirectory, WorkerLeaseTerms } from '#core';
import type { LoadGate } from '../edge/load-gate.js';
import type { Counters } from '../metrics/telemetry.js';
import type { ThisNode } from '../node/this-node.js';

export const ADMIN_OPTIONS = Symbol('ADMIN_OPTIONS');

export interface AdminOptions {
  token: string | undefined;
  workers: WorkerDirectory;
  workerTerms: WorkerLeaseTerms;
  counters: Counters;
  gate: LoadGate;
  node: ThisNode;
  zone: string | undefined;
  /** Undefined while there is none. */
  workerId: () => number | undefined;
  keys: KeyAdmin;
  journal: RangeJournal;
  /** Lets this node see at once what was changed through it. */
  refreshControls(): Promise<void>;
}
