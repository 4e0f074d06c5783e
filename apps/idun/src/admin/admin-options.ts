import type { KeyAdmin, RangeJournal, WorkerDirectory, WorkerLeaseTerms } from '#core';

export const ADMIN_OPTIONS = Symbol('ADMIN_OPTIONS');

export interface AdminOptions {
  token: string | undefined;
  workers: WorkerDirectory;
  workerTerms: WorkerLeaseTerms;
  keys: KeyAdmin;
  journal: RangeJournal;
  /** Lets this node see at once what was changed through it. */
  refreshControls(): Promise<void>;
}
