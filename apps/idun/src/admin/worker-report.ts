import type { WorkerEntry, WorkerLeaseTerms, WorkerList } from '#core';

export interface WorkerReportEntry {
  workerId: number;
  /** `free`: given back. `recyclable`: its holder has not renewed it for so long that it may be taken over. */
  state: 'held' | 'free' | 'recyclable';
  instance: string;
  /** ISO 8601, as all times here. */
  since: string;
  lastHeartbeat: string;
  /** No timestamp above it was issued; null before the first reservation. */
  reservedUntil: string | null;
  /** The highest timestamp that its holders recorded; null without any. */
  lastTimestamp: string | null;
  /** Of the holder; only ZooKeeper keeps them. */
  address?: string | undefined;
  zone?: string | undefined;
  softwareVersion?: string | undefined;
}

export interface WorkerReport {
  firstWorkerId: number;
  lastWorkerId: number;
  held: number;
  /** Never registered, or given back. */
  free: number;
  recyclable: number;
  workers: WorkerReportEntry[];
}

/** Who holds which worker id, by the store's own clock. */
export function workerReport(list: WorkerList, terms: WorkerLeaseTerms): WorkerReport {
  const { firstWorkerId, lastWorkerId, leaseTtlMs, graceMs } = terms;
  const deadSinceMs = list.storeMs - leaseTtlMs - graceMs;
  const workers = list.workers
    .filter(({ workerId }) => workerId >= firstWorkerId && workerId <= lastWorkerId)
    .map((entry) => reportEntry(entry, deadSinceMs));
  const count = (state: WorkerReportEntry['state']) =>
    workers.filter((worker) => worker.state === state).length;
  const held = count('held');
  const recyclable = count('recyclable');
  const free = lastWorkerId - firstWorkerId + 1 - held - recyclable;
  return { firstWorkerId, lastWorkerId, held, free, recyclable, workers };
}

function reportEntry(entry: WorkerEntry, deadSinceMs: number): WorkerReportEntry {
  const { workerId, instance, released, registeredAtMs, renewedAtMs } = entry;
  const { address, zone, softwareVersion } = entry;
  const unreleased = renewedAtMs <= deadSinceMs ? 'recyclable' : 'held';
  return {
    workerId,
    state: released ? 'free' : unreleased,
    instance,
    since: iso(registeredAtMs),
    lastHeartbeat: iso(renewedAtMs),
    reservedUntil: entry.reservedUntilMs === 0 ? null : iso(entry.reservedUntilMs),
    lastTimestamp: entry.lastTimestampMs === 0 ? null : iso(entry.lastTimestampMs),
    address,
    zone,
    softwareVersion,
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
