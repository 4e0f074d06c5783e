import type { ErrorCode } from '#contracts';

export type Edge = 'http' | 'tcp';

/** Told of what happens seldom; what happens with each id is counted by the generators. Nothing here throws or waits. */
export interface Telemetry {
  /** A call ended with this code. */
  failed(code: ErrorCode): void;
  /** A connection was closed at once, as there were too many. */
  connectionRefused(edge: Edge): void;
  /** The store gave a range of this key that was given before. */
  storeRewound(key: string): void;
  /** A range was given up before its first id was issued. */
  rangeBurned(): void;
  /** Whether ZooKeeper answers, on a node whose witness it is; others never say so. */
  witnessReachable(isReachable: boolean): void;
}

/** Plain numbers, read when somebody asks for the metrics. */
export class Counters implements Telemetry {
  readonly failures = new Map<ErrorCode, number>();
  readonly refusedConnections = new Map<Edge, number>();
  readonly rewinds = new Map<string, number>();
  burnedRanges = 0;
  isWitnessReachable: boolean | undefined;

  failed(code: ErrorCode): void {
    addOne(this.failures, code);
  }

  connectionRefused(edge: Edge): void {
    addOne(this.refusedConnections, edge);
  }

  storeRewound(key: string): void {
    addOne(this.rewinds, key);
  }

  rangeBurned(): void {
    this.burnedRanges++;
  }

  witnessReachable(isReachable: boolean): void {
    this.isWitnessReachable = isReachable;
  }
}

function addOne<K>(counts: Map<K, number>, name: K): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
