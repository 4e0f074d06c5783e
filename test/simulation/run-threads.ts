import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Property } from './checker.js';
import type { ThreadReport, ThreadTask } from './thread.js';

export interface Run {
  from: number;
  seeds: number;
  wanted?: Property;
  branches?: number;
}

/** Shares the seeds out over threads that load the compiled program. */
export async function runThreads(program: string, run: Run): Promise<ThreadReport> {
  const { from, seeds, wanted, branches = 0 } = run;
  const threads = Math.min(availableParallelism(), seeds);
  const reports = await Promise.all(
    Array.from({ length: threads }, (_, index) =>
      inThread(program, {
        from: from + index,
        seeds: seeds - index,
        step: threads,
        wanted,
        branches,
      }),
    ),
  );
  return reports.reduce(merge);
}

function inThread(program: string, workerData: ThreadTask): Promise<ThreadReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(program, { workerData });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('a thread ended without a report')));
  });
}

function merge(a: ThreadReport, b: ThreadReport): ThreadReport {
  const counts = { ...a.counts };
  for (const [kind, count] of Object.entries(b.counts)) counts[kind] = (counts[kind] ?? 0) + count;
  const failures = [a.failure, b.failure].filter((failure) => failure !== undefined);
  return {
    seeds: a.seeds + b.seeds,
    events: a.events + b.events,
    ids: a.ids + b.ids,
    leastNodes: Math.min(a.leastNodes, b.leastNodes),
    leastEvents: Math.min(a.leastEvents, b.leastEvents),
    leastIds: Math.min(a.leastIds, b.leastIds),
    counts,
    failure: failures.toSorted((one, other) => one.seed - other.seed)[0],
    hits: a.hits.map((hits, index) => hits + b.hits[index]!),
  };
}
