import type { RunFile } from './run-files.js';

export const BUCKET_MS = 50;
const PER_SECOND = 1_000 / BUCKET_MS;

interface Series {
  name: string;
  succeeded: Uint32Array;
  failed: Uint32Array;
  ids: number;
  calls: number;
}

export interface SeriesTotals {
  name: string;
  calls: number;
  ids: number;
  failed: number;
  /** Of the seconds of the run, those with a success and without a failure, and those with a success at all. */
  perfectSeconds: number;
  servedSeconds: number;
  seconds: number;
}

/** Successes and failures of each kind of call over the time of the run; a direct caller's node counts apart. */
export class Timeline {
  private readonly series = new Map<number, Series>();
  private readonly buckets: number;

  constructor(private readonly run: RunFile) {
    this.buckets = Math.max(0, Math.ceil((run.endMs - run.beginMs) / BUCKET_MS));
    for (const [call, { isDirect }] of run.calls.entries()) {
      const nodes = isDirect ? Array.from({ length: run.nodes }, (_, index) => index + 1) : [0];
      for (const node of nodes) this.of(call, node);
    }
  }

  succeeded(call: number, node: number, atMs: number, ids: number): void {
    const series = this.of(call, node);
    series.ids += ids;
    series.calls++;
    this.note(series.succeeded, atMs);
  }

  failed(call: number, node: number, atMs: number): void {
    this.note(this.of(call, node).failed, atMs);
  }

  /** The first moment from `fromMs` on by which every kind has succeeded again, within `lengthMs` in which none fails. */
  recovery(fromMs: number, lengthMs: number): number | undefined {
    const wanted = Math.ceil(lengthMs / BUCKET_MS);
    const all = [...this.series.values()];
    const first = Math.ceil((fromMs - this.run.beginMs) / BUCKET_MS);
    for (let begin = Math.max(0, first); begin + wanted <= this.buckets; begin++) {
      const firsts = all.map((series) => firstOf(series, begin, wanted));
      if (firsts.includes(undefined)) continue;
      return this.run.beginMs + Math.max(...firsts.map(Number)) * BUCKET_MS;
    }
    return undefined;
  }

  totals(): SeriesTotals[] {
    const seconds = Math.floor(this.buckets / PER_SECOND);
    return [...this.series.values()].map(({ name, calls, ids, succeeded, failed }) => {
      let [perfectSeconds, servedSeconds, failures] = [0, 0, 0];
      for (let second = 0; second < seconds; second++) {
        const begin = second * PER_SECOND;
        const [good, bad] = [total(succeeded, begin), total(failed, begin)];
        if (good > 0) servedSeconds++;
        if (good > 0 && bad === 0) perfectSeconds++;
      }
      for (const count of failed) failures += count;
      return { name, calls, ids, failed: failures, perfectSeconds, servedSeconds, seconds };
    });
  }

  private of(call: number, node: number): Series {
    const { isDirect, name } = this.run.calls[call]!;
    const index = isDirect ? call * 256 + node : call * 256;
    const known = this.series.get(index);
    if (known) return known;
    const series = {
      name: isDirect ? `${name}, node ${node}` : name,
      succeeded: new Uint32Array(this.buckets),
      failed: new Uint32Array(this.buckets),
      ids: 0,
      calls: 0,
    };
    this.series.set(index, series);
    return series;
  }

  /** Not what was before or after: the callers start sooner and stop later. */
  private note(counts: Uint32Array, atMs: number): void {
    const bucket = Math.floor((atMs - this.run.beginMs) / BUCKET_MS);
    if (bucket >= 0 && bucket < this.buckets) counts[bucket]!++;
  }
}

/** The bucket of the first success; undefined where there is none, or a failure. */
function firstOf({ succeeded, failed }: Series, begin: number, count: number): number | undefined {
  let first: number | undefined;
  for (let bucket = begin; bucket < begin + count; bucket++) {
    if (failed[bucket]! > 0) return undefined;
    if (succeeded[bucket]! > 0) first ??= bucket;
  }
  return first;
}

function total(counts: Uint32Array, begin: number): number {
  let sum = 0;
  for (let bucket = begin; bucket < begin + PER_SECOND; bucket++) sum += counts[bucket]!;
  return sum;
}
