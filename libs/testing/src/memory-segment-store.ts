import {
  keyExhausted,
  keyNotFound,
  MAX_ID_LIMIT,
  systemScheduler,
  type KeyRecord,
  type Scheduler,
  type SegmentRange,
  type SegmentStore,
} from '#core';
import { StoreFaults } from './store-faults.js';

export type SegmentCall =
  | { method: 'find'; key: string; timeoutMs: number }
  | { method: 'allocate'; key: string; size: number; timeoutMs: number }
  | { method: 'ping'; timeoutMs: number };

type AllocateCall = Extract<SegmentCall, { method: 'allocate' }>;

interface Row {
  maxId: bigint;
  step: number;
  description: string | undefined;
}

/** The segment store's twin in memory, with switches for faults and a log of its calls. */
export class MemorySegmentStore implements SegmentStore {
  readonly calls: SegmentCall[] = [];
  readonly faults: StoreFaults;
  private readonly rows = new Map<string, Row>();

  constructor(scheduler: Scheduler = systemScheduler) {
    this.faults = new StoreFaults(scheduler);
  }

  /** What an operator's SQL would do: creates the key or overwrites it. */
  put(key: string, row: Partial<Row> = {}): void {
    this.rows.set(key, {
      maxId: row.maxId ?? 1n,
      step: row.step ?? 1_000,
      description: row.description,
    });
  }

  remove(key: string): void {
    this.rows.delete(key);
  }

  maxId(key: string): bigint | undefined {
    return this.rows.get(key)?.maxId;
  }

  /** Moves the counter, as a lease does beside `allocate`. */
  setMaxId(key: string, maxId: bigint): void {
    this.rows.get(key)!.maxId = maxId;
  }

  allocations(key?: string): AllocateCall[] {
    return this.calls.filter(
      (call): call is AllocateCall =>
        call.method === 'allocate' && (key === undefined || call.key === key),
    );
  }

  find(key: string, timeoutMs: number): Promise<KeyRecord | undefined> {
    this.calls.push({ method: 'find', key, timeoutMs });
    return this.faults.around(timeoutMs, () => {
      const row = this.rows.get(key);
      if (!row) return undefined;
      const { maxId, step, description } = row;
      return { key, maxId: maxId < 1n ? 1n : maxId, step: Math.max(1, step), description };
    });
  }

  allocate(key: string, size: number, timeoutMs: number): Promise<SegmentRange> {
    this.calls.push({ method: 'allocate', key, size, timeoutMs });
    return this.faults.around(timeoutMs, () => {
      const row = this.rows.get(key);
      if (!row) throw keyNotFound(key);
      if (row.maxId >= MAX_ID_LIMIT) throw keyExhausted(key);
      const start = row.maxId < 1n ? 1n : row.maxId;
      const wanted = start + BigInt(size);
      row.maxId = wanted > MAX_ID_LIMIT ? MAX_ID_LIMIT : wanted;
      return { start, end: row.maxId };
    });
  }

  ping(timeoutMs: number): Promise<void> {
    this.calls.push({ method: 'ping', timeoutMs });
    return this.faults.around(timeoutMs, () => undefined);
  }
}
