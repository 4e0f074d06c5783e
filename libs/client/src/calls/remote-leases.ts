import { IdunError } from '../../../contracts/src/index.js';
import { isPermanent } from '../errors.js';
import type { Lease, LeaseSource } from '../segment/lease-source.port.js';
import type { Request } from '../transport/connection.port.js';
import { readReply } from '../transport/replies.js';
import type { CallOptions } from './call-options.js';
import type { Caller } from './caller.port.js';

export interface RemoteLeasesOptions {
  /** How long a call may take, with all its attempts, where the one who asks does not say. */
  callMs: number;
  /** Requests of which an attempt failed: it may have been carried out. */
  tried: WeakSet<object>;
  onLeased: (lease: Lease) => void;
  onReturned: (lease: Lease, from: bigint, count: number) => void;
}

type ReturnRequest = Request<'segment.return'>;

/** Ranges that servers lease. */
export class RemoteLeases implements LeaseSource {
  /** One for each lease, however often it is tried. */
  private readonly returns = new WeakMap<Lease, ReturnRequest>();

  constructor(
    private readonly caller: Caller,
    private readonly options: RemoteLeasesOptions,
  ) {}

  async lease(key: string, size: number, requestId: string, options: CallOptions): Promise<Lease> {
    const request = { key, size, requestId };
    const answer = await this.caller.call('segment.lease', request, this.within(options));
    // Whoever calls: an answer that is not the range asked for must never become ids.
    const { start, end, leaseId } = readReply('segment.lease', request, answer, 'The caller');
    const lease = { key, start: BigInt(start), end: BigInt(end), leaseId };
    this.options.onLeased(lease);
    return lease;
  }

  async return(lease: Lease, from: bigint, options: CallOptions): Promise<number> {
    const request = this.returns.get(lease) ?? {
      key: lease.key,
      leaseId: lease.leaseId,
      from: String(from),
    };
    this.returns.set(lease, request);
    const count = await this.giveBack(lease, request, this.within(options));
    this.options.onReturned(lease, from, count);
    return count;
  }

  private async giveBack(
    lease: Lease,
    request: ReturnRequest,
    options: CallOptions,
  ): Promise<number> {
    try {
      return (await this.caller.call('segment.return', request, options)).returned;
    } catch (error) {
      if (!isPermanent(error)) this.options.tried.add(request);
      // An attempt of ours was carried out, and its answer lost.
      if (isReturned(error) && this.options.tried.has(request)) {
        return Number(lease.end - BigInt(request.from));
      }
      throw error;
    }
  }

  private within({ signal, deadlineMs = this.options.callMs }: CallOptions): CallOptions {
    return { signal, deadlineMs };
  }
}

const isReturned = (error: unknown) =>
  error instanceof IdunError && error.code === 'LEASE_RETURNED';
