import type { Property } from './checker.js';
import type { Outcome } from './simulation.js';

/** What comes of some seeds. */
export interface Report {
  seeds: number;
  events: number;
  ids: number;
  leastNodes: number;
  leastEvents: number;
  leastIds: number;
  counts: Record<string, number>;
  /** That of the lowest seed. */
  failure: Outcome | undefined;
  /** Hits of each branch, where counters were compiled in. */
  hits: number[];
}

/** Of one seed. `wanted`: what counts as its failure, any property or only this one. */
export function reportOf(outcome: Outcome, wanted: Property | undefined): Report {
  const { nodes, events, ids, counts, violations } = outcome;
  const isFailure = violations.some(([property]) => property === (wanted ?? property));
  return {
    seeds: 1,
    events,
    ids,
    leastNodes: nodes,
    leastEvents: events,
    leastIds: ids,
    counts,
    failure: isFailure ? outcome : undefined,
    hits: [],
  };
}

export function merge(a: Report, b: Report): Report {
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
