import { IdunError } from '#contracts';
import {
  WorkerRegistry,
  workerIdsExhausted,
  type AcquireRequest,
  type Clock,
  type RenewRequest,
  type WorkerLeaseGrant,
  type WorkerLeaseStore,
  type WorkerRecordStore,
  type WorkerRegistryOptions,
} from '#core';
import type { ZooKeeperSession } from '../zookeeper-session.js';
import type { LeafHeartbeat } from './leaf-heartbeat.js';
import type { LeafNode } from './leaf-node.js';
import type { LeafRegistration, LeafRegistrations } from './leaf-registration.js';
import type { LeafTree } from './leaf-tree.js';

export interface LeafTerms extends WorkerRegistryOptions {
  clock: Clock;
}

export interface LeafWorkerLeaseStoreDependencies {
  session: ZooKeeperSession;
  tree: LeafTree;
  registrations: LeafRegistrations;
  heartbeat: LeafHeartbeat;
  records: WorkerRecordStore;
}

interface Own {
  node: LeafNode;
  registry: WorkerRegistry;
  /** Over Leaf's nodes, as of the last time that the id was taken. */
  highestTimestampMs: number;
}

/**
 * Worker ids that are the numbers of Leaf's nodes: Leaf's rules say which one is whose, and a record of our own for
 * that one id says who of our processes may use it, and up to when.
 *
 * The instance of a request is the address, `<ip>:<port>`. Each object serves one node.
 */
export class LeafWorkerLeaseStore implements WorkerLeaseStore {
  private own: Own | undefined;

  constructor(
    private readonly deps: LeafWorkerLeaseStoreDependencies,
    private readonly terms: LeafTerms,
  ) {}

  async acquire(request: AcquireRequest): Promise<WorkerLeaseGrant> {
    const left = timeLeft(request.timeoutMs);
    const { session, registrations } = this.deps;
    const registration = await session.within(left(), (nodes) =>
      registrations.register(nodes, request.instance, request.wallMs),
    );
    const own = this.ownOf(registration);
    const grant = await own.registry
      .acquire({ ...request, timeoutMs: left() })
      .catch((error: unknown) => {
        throw isExhausted(error) ? heldByAnother(registration.node) : error;
      });
    own.highestTimestampMs = await this.highestTimestampMs(registration, left());
    const floorMs = Math.max(grant.floorMs, registration.floorMs);
    return withHighest({ ...grant, floorMs }, own);
  }

  async renew(grant: WorkerLeaseGrant, request: RenewRequest): Promise<WorkerLeaseGrant> {
    const own = this.ownWith(grant);
    const { node, registry } = own;
    const sentAtMs = this.terms.clock.monotonicMs();
    // What a Leaf may have issued comes into the record, for whoever holds the id next.
    const reservedUntilMs = Math.max(grant.reservedUntilMs, grant.floorMs);
    try {
      const renewed = await registry.renew({ ...grant, reservedUntilMs }, request);
      this.deps.heartbeat.keep({
        node,
        owner: grant.owner,
        issuedMs: request.lastTimestampMs,
        untilMs: sentAtMs + this.terms.leaseTtlMs,
      });
      return withHighest(renewed, own);
    } catch (error) {
      if (error instanceof IdunError && error.code === 'WORKER_LEASE_LOST') {
        this.deps.heartbeat.stop();
      }
      throw error;
    }
  }

  async release(
    grant: WorkerLeaseGrant,
    lastTimestampMs: number,
    timeoutMs: number,
  ): Promise<void> {
    const left = timeLeft(timeoutMs);
    const { node, registry } = this.ownWith(grant);
    this.deps.heartbeat.stop();
    await registry.release(grant, lastTimestampMs, left());
    const beat = { node, owner: grant.owner, issuedMs: lastTimestampMs, untilMs: 0 };
    await this.deps.heartbeat.end(beat, left());
  }

  /** One registry for one id: it remembers for how long it has seen another's lease unchanged. */
  private ownOf({ node }: LeafRegistration): Own {
    if (this.own?.node.name !== node.name) {
      const { sequence } = node;
      const terms = { ...this.terms, firstWorkerId: sequence, lastWorkerId: sequence };
      const registry = new WorkerRegistry(this.deps.records, terms);
      this.own = { node, registry, highestTimestampMs: 0 };
    }
    return this.own;
  }

  private ownWith({ workerId }: WorkerLeaseGrant): Own {
    if (this.own?.node.sequence !== workerId) throw new Error(`${workerId} was not given here`);
    return this.own;
  }

  private highestTimestampMs({ storeMs }: LeafRegistration, timeoutMs: number): Promise<number> {
    const { session, tree } = this.deps;
    const untilMs = storeMs + this.terms.maxAheadMs;
    return session.within(timeoutMs, (nodes) => tree.highestTimestampMs(nodes, untilMs));
  }
}

/** The records alone know nothing of what Leafs have issued. */
function withHighest(grant: WorkerLeaseGrant, { highestTimestampMs }: Own): WorkerLeaseGrant {
  return {
    ...grant,
    highestTimestampMs: Math.max(grant.highestTimestampMs, highestTimestampMs),
  };
}

/** Of one call that is made of several. */
function timeLeft(timeoutMs: number): () => number {
  const endMs = performance.now() + timeoutMs;
  return () => Math.max(1, endMs - performance.now());
}

const isExhausted = (error: unknown) =>
  error instanceof IdunError && error.code === 'WORKER_IDS_EXHAUSTED';

const heldByAnother = ({ address, sequence }: LeafNode) =>
  workerIdsExhausted(
    `Worker id ${sequence}, which is that of ${address}, is held: by another process with this address, ` +
      'or by one that died just now. Two processes need two addresses: set IDUN_ADVERTISE_HOST or IDUN_HTTP_PORT.',
  );
