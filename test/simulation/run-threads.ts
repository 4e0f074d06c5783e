import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Property } from './checker.js';
import { merge, type Report } from './report.js';
import type { ThreadTask } from './thread.js';

export interface Run {
  from: number;
  seeds: number;
  wanted?: Property;
  branches?: number;
  /** As many as there are cores, if it is not said. */
  threads?: number;
}

/** Shares the seeds out over threads that load the compiled program. Each ends with its first failure. */
export async function runThreads(program: string, run: Run): Promise<Report> {
  const { from, seeds, wanted, branches = 0, threads = availableParallelism() } = run;
  const step = Math.min(threads, seeds);
  const reports = await Promise.all(
    Array.from({ length: step }, (_, index) =>
      inThread(program, { from: from + index, seeds: seeds - index, step, wanted, branches }),
    ),
  );
  return reports.reduce(merge);
}

function inThread(program: string, workerData: ThreadTask): Promise<Report> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(program, { workerData });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('a thread ended without a report')));
  });
}
