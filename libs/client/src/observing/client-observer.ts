import type { Outcome, PoolObserver } from '../calls/pool-observer.js';
import type { Lease } from '../segment/lease-source.port.js';
import type { Server } from '../servers/server.js';
import type { Pattern } from '../transport/connection.port.js';
import type { ClientEmitter } from './client-emitter.js';
import type { ClientMetrics } from './client-metrics.js';

/** Makes events and counts of what happens. Never throws. */
export class ClientObserver implements PoolObserver {
  constructor(
    private readonly events: ClientEmitter,
    private readonly metrics: ClientMetrics,
    /** Takes the requests of which an attempt failed. */
    private readonly tried: WeakSet<object>,
  ) {}

  onServers(servers: readonly Server[]): void {
    // A fixed list is known before anyone could listen.
    queueMicrotask(() => this.events.emit('servers', { servers }));
  }

  onSourceFailed(error: unknown): void {
    this.events.emit('discoveryFailed', { error });
  }

  onAttemptFailed(server: Server, pattern: Pattern, error: Error, request: object): void {
    this.tried.add(request);
    this.metrics.attemptFailed(server, pattern, error);
    this.events.emit('attemptFailed', { server, pattern, error });
  }

  onEjected(server: Server, error: Error, forMs: number): void {
    this.metrics.serverEjected(server);
    this.events.emit('serverEjected', { server, error, forMs });
  }

  onRestored(server: Server): void {
    this.events.emit('serverRestored', { server });
  }

  onCall(pattern: Pattern, outcome: Outcome): void {
    this.metrics.called(pattern, outcome);
  }

  onLeased(lease: Lease): void {
    this.metrics.leased(lease.key);
    this.events.emit('leased', { lease });
  }

  onReturned(lease: Lease, from: bigint, count: number): void {
    this.events.emit('returned', { lease, from, count });
  }

  onLeaseFailure(operation: 'lease' | 'return', key: string, error: unknown): void {
    this.events.emit(operation === 'lease' ? 'leaseFailed' : 'returnFailed', { key, error });
  }
}
