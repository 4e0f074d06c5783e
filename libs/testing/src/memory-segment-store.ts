import {
  keyExhausted,
  keyNotFound,
  LEASES_OF_A_HEAL,
  MAX_ID_LIMIT,
  systemScheduler,
  type Allocation,
  type FreeRangeOrder,
  type FreeRangeStore,
  type HealOrder,
  type KeyRecord,
  type RewindableStore,
  type Scheduler,
  type SegmentRange,
  type SegmentStore,
} from '#core';
import { MemoryTables, type KeyRow } from './memory-tables.js';
import { StoreFaults } from './store-faults.js';

export type SegmentCall =
  | { method: 'find'; key: string; timeoutMs: number }
  | { method: 'allocate'; key: string; size: number; timeoutMs: number }
  | { method: 'takeFree'; key: string; order: FreeRangeOrder; timeoutMs: number }
  | { method: 'giveBack'; key: string; range: SegmentRange; leases: bigint | undefined }
  | { method: 'dropFree'; key: string }
  | { method: 'heal'; order: HealOrder }
  | { method: 'acceptServer'; marginSteps: number }
  | { method: 'passOver'; reason: string }
  | { method: 'ping'; timeoutMs: number };

type AllocateCall = Extract<SegmentCall, { method: 'allocate' }>;

/** The segment store's twin in memory, with switches for faults and a log of its calls. */
export class MemorySegmentStore implements SegmentStore, FreeRangeStore, RewindableStore {
  readonly calls: SegmentCall[] = [];
  readonly faults: StoreFaults;

  /** `tables`: those of another node as well, to share them. `holder`: the name in the journal, where one is kept. */
  constructor(
    scheduler: Scheduler = systemScheduler,
    readonly tables = new MemoryTables(),
    readonly holder?: string,
  ) {
    this.faults = new StoreFaults(scheduler);
  }

  /** What an operator's SQL would do: creates the key or overwrites it. */
  put(key: string, row: Partial<KeyRow> = {}): void {
    this.tables.rows.set(key, {
      maxId: row.maxId ?? 1n,
      step: row.step ?? 1_000,
      description: row.description,
    });
  }

  remove(key: string): void {
    this.tables.rows.delete(key);
  }

  maxId(key: string): bigint | undefined {
    return this.tables.rows.get(key)?.maxId;
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
      const row = this.tables.rows.get(key);
      if (!row) return undefined;
      const { maxId, step, description } = row;
      return { key, maxId: maxId < 1n ? 1n : maxId, step: Math.max(1, step), description };
    });
  }

  allocate(key: string, size: number, timeoutMs: number): Promise<Allocation> {
    this.calls.push({ method: 'allocate', key, size, timeoutMs });
    return this.faults.around(timeoutMs, () => {
      const row = this.tables.rows.get(key);
      if (!row) throw keyNotFound(key);
      if (row.maxId >= MAX_ID_LIMIT) throw keyExhausted(key);
      const start = row.maxId < 1n ? 1n : row.maxId;
      const wanted = start + BigInt(size);
      row.maxId = wanted > MAX_ID_LIMIT ? MAX_ID_LIMIT : wanted;
      return this.withProof(key, { start, end: row.maxId }, start);
    });
  }

  takeFree(key: string, order: FreeRangeOrder, timeoutMs: number): Promise<Allocation | undefined> {
    this.calls.push({ method: 'takeFree', key, order, timeoutMs });
    const { floor, least, size } = order;
    return this.faults.around(timeoutMs, () => {
      const maxId = this.tables.maxId(key);
      const [lowest] = this.tables
        .freeOf(key)
        .filter(({ start, end }) => start >= floor && end - start >= BigInt(least))
        .toSorted((a, b) => (a.start < b.start ? -1 : 1));
      if (!lowest || maxId === undefined) return undefined;
      const length = lowest.end - lowest.start;
      const taken = length < BigInt(size) ? length : BigInt(size);
      return this.withProof(key, this.tables.cutFree(key, lowest.start, taken), maxId);
    });
  }

  giveBack(
    key: string,
    range: SegmentRange,
    leases: bigint | undefined,
    timeoutMs: number,
  ): Promise<number> {
    this.calls.push({ method: 'giveBack', key, range, leases });
    return this.faults.around(timeoutMs, () => {
      const { start, end } = range;
      if (end <= start) return 0;
      this.settleTail(key, range);
      const maxId = this.tables.maxId(key);
      if (maxId === undefined || maxId < end) return 0;
      const now = this.tables.count(key).leases;
      if (leases !== undefined && (now < leases || now - leases >= LEASES_OF_A_HEAL)) return 0;
      if (maxId === end && now === leases) this.tables.setBack(key, end, start, this.holder);
      else if (!this.tables.addFree(key, range)) return 0;
      return Number(end - start);
    });
  }

  dropFree(key: string, timeoutMs: number): Promise<void> {
    this.calls.push({ method: 'dropFree', key });
    return this.faults.around(timeoutMs, () => this.tables.dropFree(key));
  }

  heal(order: HealOrder, timeoutMs: number): Promise<{ maxId: bigint; healed: boolean }> {
    this.calls.push({ method: 'heal', order });
    return this.faults.around(timeoutMs, () => {
      const { key, to, seenLeases, marginSteps, holder, reason } = order;
      const { tables } = this;
      const maxId = tables.maxId(key);
      if (maxId === undefined) throw keyNotFound(key);
      if (maxId >= to && tables.count(key).leases > seenLeases) return { maxId, healed: false };
      const passed = tables.advance(key, to, marginSteps);
      tables.raiseLeases(key, seenLeases);
      tables.dropFree(key);
      tables.event({ key, kind: 'rewind', ...passed, holder, reason, atMs: tables.nowMs });
      return { maxId: passed.end, healed: true };
    });
  }

  acceptServer(
    order: { seenEpoch: bigint; marginSteps: number; holder: string },
    timeoutMs: number,
  ): Promise<boolean> {
    const { seenEpoch, marginSteps, holder } = order;
    this.calls.push({ method: 'acceptServer', marginSteps });
    return this.faults.around(timeoutMs, () => {
      const { tables } = this;
      const { identity, epoch } = tables.onRecord;
      if (identity === tables.server && epoch >= seenEpoch) return false;
      tables.onRecord = {
        identity: tables.server,
        epoch: (epoch > seenEpoch ? epoch : seenEpoch) + 1n,
      };
      const event = { kind: 'server', holder, atMs: tables.nowMs } as const;
      const reason = `server ${tables.server} in place of ${identity}`;
      for (const key of tables.rows.keys()) {
        const above = { start: tables.maxId(key)!, end: MAX_ID_LIMIT };
        const passed = marginSteps > 0 ? tables.advance(key, 0n, marginSteps) : above;
        tables.event({ key, ...passed, ...event, reason });
        if (marginSteps > 0) tables.raiseLeases(key, 0n);
      }
      if (marginSteps > 0) tables.free = [];
      return true;
    });
  }

  passOver(reason: string): boolean {
    this.calls.push({ method: 'passOver', reason });
    return false;
  }

  ping(timeoutMs: number): Promise<void> {
    this.calls.push({ method: 'ping', timeoutMs });
    return this.faults.around(timeoutMs, () => undefined);
  }

  private withProof(key: string, range: SegmentRange, maxIdBefore: bigint): Allocation {
    const { holder } = this;
    const how = { kind: 'segment', maxIdBefore, holder } as const;
    return { ...range, proof: this.tables.given(key, range, how) };
  }

  private settleTail(key: string, { start, end }: SegmentRange): void {
    const { holder } = this;
    for (const row of this.tables.ranges) {
      const isMine = row.key === key && row.holder === holder && row.kind === 'segment';
      if (!isMine || row.state !== 'open') continue;
      if (row.start >= end || row.end <= start || row.end > end) continue;
      row.state = 'returned';
      row.returnedFrom = row.start > start ? row.start : start;
    }
  }
}
