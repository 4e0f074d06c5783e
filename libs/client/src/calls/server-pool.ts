import { IdunError } from '../../../contracts/src/index.js';
import { withTimeout, type ClientClock } from '../clock.js';
import { ClientClosedError, isPermanent, TransportError } from '../errors.js';
import type { CallOptions } from './call-options.js';
import { onAbort } from '../on-abort.js';
import { nameOf, type Server } from '../servers/server.js';
import type { ServerSource } from '../servers/server-source.port.js';
import type { Connect, Pattern, Reply, Request } from '../transport/connection.port.js';
import { AttemptTimeout } from './attempt-timeout.js';
import { Balancer, type Choice } from './balancer.js';
import type { Caller } from './caller.port.js';
import { Connections, type Link } from './connections.js';
import { CrowdedError } from './crowded-error.js';
import type { Outcome, PoolObserver } from './pool-observer.js';
import { Tries } from './tries.js';
import { Verdicts } from './verdicts.js';
import { WaitingRoom } from './waiting-room.js';

export interface ServerPoolOptions {
  /** Servers of this zone are called first. */
  zone?: string;
  /** Unless the call says otherwise; 2,000 unless set. */
  deadlineMs?: number;
  /** For one server to answer; 700 unless set. */
  attemptTimeoutMs?: number;
  /** Calls under way and waiting; those beyond are refused. 10,000 unless set. */
  maxInFlight?: number;
}

export interface ServerPoolPorts {
  source: ServerSource;
  connect: Connect;
  clock: ClientClock;
  /** From 0 to 1, 1 excluded. */
  random: () => number;
  observer?: PoolObserver;
}

/**
 * Calls the servers of a source. A failure that may pass is retried on another server at once, and on all of them again
 * after a pause, until the deadline. A server that does not answer, or is shutting down, is left alone for a
 * while; one that answers with an error is not, as it may well serve another pattern or key.
 */
export class ServerPool implements Caller {
  private readonly balancer: Balancer;
  private readonly connections: Connections;
  private readonly verdicts: Verdicts;
  /** Between rounds. */
  private readonly pausing: WaitingRoom;
  /** For a server to call. */
  private readonly awaiting: WaitingRoom;
  private readonly deadlineMs: number;
  private readonly attemptTimeoutMs: number;
  private readonly maxInFlight: number;
  private inFlight = 0;
  private sourceFailure: unknown;
  private closing: Promise<void> | undefined;

  constructor(
    options: ServerPoolOptions,
    private readonly ports: ServerPoolPorts,
  ) {
    const { clock, random, connect, source } = ports;
    this.deadlineMs = options.deadlineMs ?? 2_000;
    this.attemptTimeoutMs = options.attemptTimeoutMs ?? 700;
    this.maxInFlight = options.maxInFlight ?? 10_000;
    this.balancer = new Balancer(options.zone, clock, random);
    this.connections = new Connections(connect);
    this.verdicts = new Verdicts(this.attemptTimeoutMs, clock, ports.observer);
    this.pausing = new WaitingRoom(clock);
    this.awaiting = new WaitingRoom(clock);
    source.watch(
      (servers) => this.listChanged(servers),
      (error) => this.sourceFailed(error),
    );
  }

  async call<P extends Pattern>(
    pattern: P,
    request: Request<P>,
    { deadlineMs = this.deadlineMs, signal }: CallOptions = {},
  ): Promise<Reply<P>> {
    const tries = new Tries(this.ports.clock, deadlineMs);
    try {
      const reply = await this.admit(() => this.untilAnswered(pattern, request, tries, signal));
      this.ports.observer?.onCall?.(pattern, 'ok', tries.attempts);
      return reply;
    } catch (error) {
      this.ports.observer?.onCall?.(pattern, outcomeOf(error, signal), tries.attempts);
      throw error;
    }
  }

  /** At once: calls are rejected with `ClientClosedError`, those under way too. Never rejects. */
  close(): Promise<void> {
    this.closing ??= Promise.all([
      this.ports.source.close(),
      this.connections.close(new ClientClosedError()),
    ]).then(() => undefined);
    this.pausing.wakeAll();
    this.awaiting.wakeAll();
    return this.closing;
  }

  private async admit<T>(call: () => Promise<T>): Promise<T> {
    if (this.inFlight >= this.maxInFlight) {
      const detail = `This client has ${this.maxInFlight} calls under way: wait for some of them.`;
      throw new IdunError('OVERLOADED', detail);
    }
    this.inFlight++;
    try {
      return await call();
    } finally {
      this.inFlight--;
    }
  }

  private async untilAnswered<P extends Pattern>(
    pattern: P,
    request: Request<P>,
    tries: Tries,
    signal: AbortSignal | undefined,
  ): Promise<Reply<P>> {
    for (;;) {
      this.throwIfEnded(signal);
      // Not `<= 0`, so that a deadline that is no number ends too.
      if (!(tries.leftMs > 0)) throw tries.failureOf(pattern, this.sourceFailure);
      const choice = this.balancer.choose(tries.tried);
      // oxlint-disable no-await-in-loop -- one attempt after the other
      if (!choice) {
        await this.rest(tries, signal);
        continue;
      }
      const reply = await this.attempt(choice, pattern, request, tries, signal);
      if (reply !== undefined) return reply;
      // oxlint-enable no-await-in-loop
    }
  }

  /** Undefined where another attempt may succeed. */
  private async attempt<P extends Pattern>(
    choice: Choice,
    pattern: P,
    request: Request<P>,
    tries: Tries,
    signal: AbortSignal | undefined,
  ): Promise<Reply<P> | undefined> {
    const { name, server } = choice.candidate;
    const link = this.connections.acquire(name, server);
    let isInside = link.gate.tryEnter();
    try {
      if (!isInside) await this.standInLine(link, choice, tries, signal);
      isInside = true;
      return await this.send(link, choice, pattern, request, tries, signal);
    } catch (error) {
      // Before the next one in line is let in: it may have to find another server.
      this.failed(error, choice, pattern, request, tries, signal);
      return undefined;
    } finally {
      if (isInside) link.gate.leave();
      this.connections.release(link);
    }
  }

  /** For as long as the call may take: what was not sent yet says nothing about the server. */
  private async standInLine(
    { name, connection, gate }: Link,
    choice: Choice,
    tries: Tries,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { clock } = this.ports;
    const { ejection } = choice.candidate;
    ejection.dropped(choice.trial);
    const ended = new AbortController();
    const late = () => ended.abort(new CrowdedError(name, connection.capacity));
    const cancel = clock.after(tries.leftMs, late);
    const forget = onAbort(signal, () => ended.abort(signal?.reason));
    try {
      await gate.wait(ended.signal);
    } finally {
      cancel();
      forget();
    }
    choice.trial = ejection.begin(clock.monotonicMs());
  }

  private async send<P extends Pattern>(
    { name, connection }: Link,
    choice: Choice,
    pattern: P,
    request: Request<P>,
    tries: Tries,
    signal: AbortSignal | undefined,
  ): Promise<Reply<P>> {
    tries.attempts++;
    const limitMs = Math.min(this.attemptTimeoutMs, tries.leftMs);
    const timedOut = () => new AttemptTimeout(name, pattern, limitMs);
    const reply = await withTimeout(this.ports.clock, limitMs, signal, timedOut, (ended) =>
      connection.call(pattern, request, ended),
    );
    this.verdicts.answered(choice);
    return reply;
  }

  /** Throws what no other attempt can make good. */
  private failed(
    error: unknown,
    choice: Choice,
    pattern: Pattern,
    request: object,
    tries: Tries,
    signal: AbortSignal | undefined,
  ): void {
    const { ejection, name, server } = choice.candidate;
    if (signal?.aborted || this.closing) {
      ejection.dropped(choice.trial);
      return this.throwIfEnded(signal);
    }
    if (error instanceof CrowdedError) throw error;
    this.verdicts.failed(choice, error);
    if (!mayPass(error)) throw error;
    if (!ejection.isAvailable(this.ports.clock.monotonicMs())) {
      this.connections.refuseWaiting(name, error);
    }
    tries.failed(name, error);
    this.ports.observer?.onAttemptFailed?.(server, pattern, error, request);
  }

  /** Until another attempt makes sense: all were tried, or there is none to try. */
  private rest(tries: Tries, signal: AbortSignal | undefined): Promise<void> {
    if (!tries.tried) return this.awaiting.wait(tries.leftMs, signal);
    return this.pausing.wait(tries.nextRound(this.ports.random), signal);
  }

  private throwIfEnded(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (this.closing) throw new ClientClosedError();
  }

  private listChanged(servers: readonly Server[]): void {
    if (this.closing) return;
    this.balancer.update(servers);
    this.connections.keep(new Set(servers.map(nameOf)));
    this.ports.observer?.onServers?.(servers);
    this.awaiting.wakeAll();
  }

  private sourceFailed(error: unknown): void {
    this.sourceFailure = error;
    this.ports.observer?.onSourceFailed?.(error);
  }
}

/** Whether another attempt may succeed. Whatever is neither is a bug, which would be repeated on each server. */
function mayPass(error: unknown): error is TransportError | IdunError {
  return error instanceof TransportError || (error instanceof IdunError && !isPermanent(error));
}

function outcomeOf(error: unknown, signal: AbortSignal | undefined): Outcome {
  if (signal?.aborted && error === signal.reason) return 'ABORTED';
  if (error instanceof IdunError) return error.code;
  return error instanceof TransportError ? 'TRANSPORT' : 'INTERNAL';
}
