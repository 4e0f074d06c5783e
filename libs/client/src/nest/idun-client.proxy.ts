import { randomUUID } from 'node:crypto';
import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import { IdunError, PATTERN, type RpcError } from '../../../contracts/src/index.js';
import type { ClientOptions } from '../client-options.js';
import { createClient } from '../create-client.js';
import type { IdunClient } from '../idun-client.js';
import type { Pattern, Request } from '../transport/connection.port.js';

export type IdunClientProxyOptions = Omit<ClientOptions, 'transport' | 'segment'>;

/** Not `health`, which is asked of one node. */
const PATTERNS: ReadonlySet<unknown> = new Set<Pattern>([
  PATTERN.segmentGet,
  PATTERN.segmentLease,
  PATTERN.segmentReturn,
  PATTERN.snowflakeGet,
  PATTERN.snowflakeDecode,
]);

/**
 * A `ClientProxy` over all nodes of idun: the own zone first, another node where one fails. For `ClientsModule` and
 * `ClientProxyFactory`: `{ customClass: IdunClientProxy, options: { servers: ['127.0.0.1:8090'] } }`.
 *
 * Replies and refusals are those of a plain `ClientProxy` that is connected to one node; without an answer until the deadline a
 * call fails with a `TransportError`.
 */
export class IdunClientProxy extends ClientProxy {
  private readonly client: IdunClient;

  constructor(options: IdunClientProxyOptions) {
    super();
    this.client = createClient({ ...options, transport: 'tcp' });
  }

  /** Resolves at once: a node is connected to when it is first called. */
  async connect(): Promise<void> {}

  /** For good: later calls are refused with `SHUTTING_DOWN`. */
  close(): Promise<void> {
    return this.client.close();
  }

  /** The `IdunClient` underneath, for its events. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- Nest's signature
  unwrap<T = IdunClient>(): T {
    return this.client as T;
  }

  protected publish(packet: ReadPacket, reply: (packet: WritePacket) => void): () => void {
    const unsubscribed = new AbortController();
    void this.answer(packet, unsubscribed.signal).then(reply);
    return () => unsubscribed.abort();
  }

  /** Rejects: idun ignores events, as what it gave would reach nobody. */
  protected async dispatchEvent({ pattern }: ReadPacket): Promise<never> {
    throw refused(pattern, 'is nothing to emit: an event gets no ids.');
  }

  private async answer({ pattern, data }: ReadPacket, signal: AbortSignal): Promise<WritePacket> {
    try {
      return { response: await this.call(pattern, data, signal), isDisposed: true };
    } catch (error) {
      return { err: error instanceof IdunError ? toRpcError(error) : error };
    }
  }

  private call(pattern: unknown, data: unknown, signal: AbortSignal): Promise<unknown> {
    if (!isPattern(pattern)) {
      throw refused(pattern, `is unknown: there are ${[...PATTERNS].join(', ')}.`);
    }
    // Whether it is one, the server says.
    const request = withRequestId(pattern, data) as Request<Pattern>;
    return this.client.call(pattern, request, { signal });
  }
}

const isPattern = (pattern: unknown): pattern is Pattern => PATTERNS.has(pattern);

const refused = (pattern: unknown, why: string) =>
  new IdunError('REQUEST_INVALID', `The pattern ${JSON.stringify(pattern)} ${why}`);

/** So that a lease which is tried on a second node is the same lease. */
function withRequestId(pattern: Pattern, data: unknown): unknown {
  if (pattern !== PATTERN.segmentLease || typeof data !== 'object') return data;
  const { requestId = randomUUID(), ...rest } = Object(data) as { requestId?: unknown };
  return { ...rest, requestId };
}

function toRpcError({ code, message, retryable }: IdunError): RpcError {
  return { code, message, retryable };
}
