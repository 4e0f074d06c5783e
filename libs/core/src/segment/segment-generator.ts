import { assertCount, assertKey, type SegmentIds } from '#contracts';
import { keyNotFound, shuttingDown } from '../errors.js';
import { degraded, down, type Readiness } from '../readiness.js';
import { TailReturn, type TailReturnReport } from './tail-return.js';
import {
  SegmentBuffer,
  type SegmentDependencies,
  type SegmentOptions,
  type SegmentReport,
} from './segment-buffer.js';

/** Names that the store did not have are remembered, but no more than so many: callers choose them. */
const MAX_MISSING_KEYS = 10_000;
const PING_TIMEOUT_MS = 500;

/**
 * Ids from ranges of a counter in a store, one counter a key: the "segment" mode of Meituan Leaf.
 * Within a node and key, ids increase in the order in which they are given.
 */
export class SegmentGenerator implements SegmentIds {
  private readonly buffers = new Map<string, SegmentBuffer>();
  /** Keys that do not exist, with the time until which the store is not asked again. */
  private readonly missing = new Map<string, number>();
  private isClosed = false;

  constructor(
    private readonly options: SegmentOptions,
    private readonly deps: SegmentDependencies,
  ) {
    deps.gate?.guard({
      limited: (key, limit) => {
        const buffer = this.buffers.get(key);
        if (buffer) buffer.limit = limit;
      },
      deleted: (key) => this.buffers.delete(key),
    });
  }

  /** How many ids of the key this node has in memory. */
  bufferedIds(key: string): number {
    return this.buffers.get(key)?.size ?? 0;
  }

  /** The next id where one is at hand. Throws what {@link getSegmentId} rejects with. */
  trySegmentId(key: string): string | undefined {
    const buffer = this.buffers.get(key) ?? this.open(key);
    return buffer.tryNext()?.toString();
  }

  async getSegmentId(key: string): Promise<string> {
    const buffer = this.buffers.get(key) ?? this.open(key);
    const id = buffer.tryNext() ?? (await buffer.take(1))[0]!;
    return id.toString();
  }

  async getSegmentIds(key: string, count: number): Promise<string[]> {
    assertKey(key);
    assertCount(count);
    const buffer = this.buffers.get(key) ?? this.open(key);
    const ids = await buffer.take(count);
    return ids.map(String);
  }

  /** A store that is away is no reason to refuse callers as long as every key in use has ids at hand. */
  async readiness(): Promise<Readiness> {
    const buffers = [...this.buffers.values()];
    if (buffers.some((buffer) => buffer.isStarved)) {
      return down('the store fails and a key has run dry');
    }
    const hasStock = buffers.some((buffer) => !buffer.isEmpty);
    try {
      await this.deps.store.ping(PING_TIMEOUT_MS);
    } catch {
      return withStock(hasStock, 'the store does not answer');
    }
    const { readiness } = this.deps.guard;
    return readiness.status === 'down' ? withStock(hasStock, readiness.reason) : readiness;
  }

  /**
   * Gives back what was not handed out. Call it once no more calls come: whoever still does is refused. Resolves within
   * about `timeoutMs`.
   */
  async close(timeoutMs: number): Promise<TailReturnReport> {
    this.isClosed = true;
    const tails = new TailReturn(this.deps, timeoutMs);
    await tails.run([...this.buffers].map(([key, buffer]) => [key, () => buffer.drain()]));
    return tails.report;
  }

  /** One for each key in use. */
  reports(): SegmentReport[] {
    return [...this.buffers.values()].map((buffer) => buffer.report());
  }

  private open(key: string): SegmentBuffer {
    assertKey(key);
    if (this.isClosed) throw shuttingDown();
    const untilMs = this.missing.get(key);
    if (untilMs !== undefined) {
      if (this.deps.clock.monotonicMs() < untilMs) throw keyNotFound(key);
      this.missing.delete(key);
    }
    const buffer = new SegmentBuffer(key, this.options, this.deps, (because) => {
      // Another one has taken its place where the key was deleted and made anew.
      if (this.buffers.get(key) === buffer) this.buffers.delete(key);
      if (because === 'missing') this.rememberMissing(key);
    });
    buffer.limit = this.deps.gate?.limitOf(key);
    this.buffers.set(key, buffer);
    return buffer;
  }

  private rememberMissing(key: string): void {
    if (this.missing.size >= MAX_MISSING_KEYS) {
      const [oldest] = this.missing.keys();
      this.missing.delete(oldest!);
    }
    this.missing.set(key, this.deps.clock.monotonicMs() + this.options.negativeCacheMs);
  }
}

/** Of a node that can fetch nothing. */
const withStock = (hasStock: boolean, reason: string): Readiness =>
  hasStock ? degraded(`${reason}: ids are given from memory`) : down(reason);
