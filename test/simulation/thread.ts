import { parentPort, workerData } from 'node:worker_threads';
import type { Property } from './checker.js';
import { merge, reportOf, type Report } from './report.js';
import { simulate } from './simulation.js';

export interface ThreadTask {
  from: number;
  seeds: number;
  step: number;
  /** What ends the run: any property, or only this one. */
  wanted: Property | undefined;
  /** How many counters were compiled in. */
  branches: number;
}

async function runSeeds({ from, seeds, step, branches, wanted }: ThreadTask): Promise<Report> {
  const hits = Array.from({ length: branches }, () => 0);
  Object.assign(globalThis, { simulationHits: hits });
  let report = reportOf(await simulate(from), wanted);
  for (let seed = from + step; seed < from + seeds && !report.failure; seed += step) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    report = merge(report, reportOf(await simulate(seed), wanted));
  }
  return { ...report, hits };
}

// Refusals are thousands, and nobody reads where they came from: a replay has the trace.
Error.stackTraceLimit = 0;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, no window's
parentPort!.postMessage(await runSeeds(workerData as ThreadTask));
