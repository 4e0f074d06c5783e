import { FakeClock } from '../../../testing/src/fake-clock.js';
import type { Lease, LeaseSource } from './lease-source.port.js';
import type { SegmentPorts } from './segment-options.js';

export interface LeaseCall {
  size: number;
  requestId: string;
}

/** Servers in memory: a request id gets the same range again, and a test says what fails. */
export class FakeServers implements LeaseSource {
  readonly calls: LeaseCall[] = [];
  readonly returned: { leaseId: string; from: bigint }[] = [];
  readonly leases = new Map<string, Lease>();
  /** What each lease rejects with, undefined while the servers are well. */
  failure: Error | undefined;
  /** Whether a lease that fails is given all the same: only its answer is lost. */
  answersLost = false;
  /** While set, a lease is given but not answered before it resolves. */
  held: Promise<void> | undefined;
  largest = Infinity;
  tooLarge: Error | undefined;

  constructor(private nextId = 1n) {}

  async lease(key: string, size: number, requestId: string): Promise<Lease> {
    this.calls.push({ size, requestId });
    if (this.tooLarge && size > this.largest) throw this.tooLarge;
    if (this.failure && !this.answersLost) throw this.failure;
    const lease = this.leases.get(requestId) ?? this.give(key, size, requestId);
    await this.held;
    if (this.failure) throw this.failure;
    return lease;
  }

  async return({ leaseId, end }: Lease, from: bigint): Promise<number> {
    if (this.failure) throw this.failure;
    this.returned.push({ leaseId, from });
    return Number(end - from);
  }

  private give(key: string, size: number, requestId: string): Lease {
    const start = this.nextId;
    this.nextId += BigInt(size);
    const lease = { key, start, end: this.nextId, leaseId: `lease of ${requestId}` };
    this.leases.set(requestId, lease);
    return lease;
  }
}

export interface Setup {
  clock: FakeClock;
  failures: [string, unknown][];
  /** How many ids were counted, lease by lease. */
  issued: number[];
  ports: SegmentPorts;
}

export function setup(servers: LeaseSource): Setup {
  const clock = new FakeClock();
  const failures: [string, unknown][] = [];
  const issued: number[] = [];
  let requests = 0;
  const ports: SegmentPorts = {
    source: servers,
    clock,
    random: () => 0.5,
    newRequestId: () => `request ${++requests}`,
    onFailure: (operation, error) => void failures.push([operation, error]),
    onIssued: (count) => void issued.push(count),
  };
  return { clock, failures, issued, ports };
}
