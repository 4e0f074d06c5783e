import type { WorkerDirectory, WorkerLeaseTerms } from '#core';

export const ADMIN_OPTIONS = Symbol('ADMIN_OPTIONS');

export interface AdminOptions {
  token: string | undefined;
  workers: WorkerDirectory;
  workerTerms: WorkerLeaseTerms;
}
