import { parentPort, workerData } from 'node:worker_threads';
import type { Property } from './checker.js';
import { simulate, type Outcome } from './simulation.js';

/** What one thread hands back for its seeds. */
export interface ThreadReport {
  seeds: number;
  events: number;
  ids: number;
  leastNodes: number;
  leastEvents: number;
  leastIds: number;
  counts: Record<string, number>;
  /** The first one, and how many seeds it took. */
  failure: Outcome | undefined;
  /** Hits of each branch, where counters were compiled in. */
  hits: number[];
}

export interface ThreadTask {
  from: number;
  seeds: number;
  step: number;
  /** What ends the run: any property, or only this one. */
  wanted: Property | undefined;
  /** How many counters were compiled in. */
  branches: number;
}

async function runSeeds({
  from,
  seeds,
  step,
  branches,
  wanted,
}: ThreadTask): Promise<ThreadReport> {
  const hits = Array.from({ length: branches }, () => 0);
  Object.assign(globalThis, { simulationHits: hits });
  const report: ThreadReport = {
    seeds: 0,
    events: 0,
    ids: 0,
    leastNodes: Infinity,
    leastEvents: Infinity,
    leastIds: Infinity,
    counts: {},
    failure: undefined,
    hits,
  };
  for (let seed = from; seed < from + seeds && !report.failure; seed += step) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    add(report, await simulate(seed), wanted);
  }
  return report;
}

function add(report: ThreadReport, outcome: Outcome, wanted: Property | undefined): void {
  if (outcome.violations.some(([property]) => property === (wanted ?? property))) {
    report.failure = outcome;
  }
  report.seeds++;
  report.events += outcome.events;
  report.ids += outcome.ids;
  report.leastNodes = Math.min(report.leastNodes, outcome.nodes);
  report.leastEvents = Math.min(report.leastEvents, outcome.events);
  report.leastIds = Math.min(report.leastIds, outcome.ids);
  for (const [kind, count] of Object.entries(outcome.counts)) {
    report.counts[kind] = (report.counts[kind] ?? 0) + count;
  }
}

// Refusals are thousands, and nobody reads where they came from: a replay has the trace.
Error.stackTraceLimit = 0;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, no window's
parentPort!.postMessage(await runSeeds(workerData as ThreadTask));
