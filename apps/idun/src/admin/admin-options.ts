import type { WorkerDirectory } from '#core';
import type { WorkerRange } from './worker-report.js';

export const ADMIN_OPTIONS = Symbol('ADMIN_OPTIONS');

export interface AdminOptions {
  token: string | undefined;
  workers: WorkerDirectory;
  workerRange: WorkerRange;
}
