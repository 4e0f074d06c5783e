import { systemClock, systemScheduler } from '#core';
import { FakeClock } from './fake-clock.js';
import { MemoryAuditedWorkers } from './memory-audited-workers.js';
import { describeKeyAdmin } from './key-admin.contract.js';
import { MemoryKeyAdmin } from './memory-key-admin.js';
import { MemoryRangeJournal } from './memory-range-journal.js';
import { MemoryRangeLeaseStore } from './memory-range-lease-store.js';
import { MemorySegmentStore } from './memory-segment-store.js';
import { MemoryTables } from './memory-tables.js';
import { MemoryWitness } from './memory-witness.js';
import { MemoryWorkerLeaseStore } from './memory-worker-lease-store.js';
import { memoryWorkerRecords, type MemoryWorkerTable } from './memory-worker-records.js';
import { describeProvenStore } from './proven-store.contract.js';
import { describeRangeLeaseStore } from './range-lease-store.contract.js';
import { describeSegmentStore } from './segment-store.contract.js';
import { describeWitness } from './witness.contract.js';
import { describeWorkerDirectory } from './worker-directory.contract.js';
import { describeWorkerLeaseStore } from './worker-lease-store.contract.js';
import { describeWorkerRecordStore } from './worker-record-store.contract.js';
import { describeWorkerReset } from './worker-reset.contract.js';

describeSegmentStore('memory', async () => {
  const store = new MemorySegmentStore();
  return {
    store,
    put: async (key, row) => store.put(key, row),
    maxId: async (key) => store.maxId(key),
    close: async () => undefined,
  };
});

describeKeyAdmin('memory', async () => {
  const segments = new MemorySegmentStore();
  const keys = new MemoryKeyAdmin(segments.tables);
  return {
    keys,
    segments,
    journal: new MemoryRangeJournal(segments),
    audit: async () => keys.audit,
    put: async (key, row) => segments.put(key, row),
    close: async () => undefined,
  };
});

describeRangeLeaseStore('memory', async () => {
  const segments = new MemorySegmentStore();
  const leases = new MemoryRangeLeaseStore(segments);
  return {
    nodes: [{ segments, leases }],
    put: async (key, row) => segments.put(key, row),
    remove: async (key) => segments.remove(key),
    maxId: async (key) => segments.maxId(key),
    makeOlder: async (leaseId, byMs) => leases.makeOlder(leaseId, byMs),
    close: async () => undefined,
  };
});

describeProvenStore('memory', async (hasJournal) => {
  const tables = new MemoryTables();
  const holders = ['node-0', 'node-1'];
  const node = (holder?: string) => {
    const segments = new MemorySegmentStore(systemScheduler, tables, holder);
    const leases = new MemoryRangeLeaseStore(segments);
    return { segments, leases, journal: new MemoryRangeJournal(segments) };
  };
  const nodes = holders.map((holder) => node(hasJournal ? holder : undefined));
  return {
    nodes,
    holders,
    silent: node(),
    tick: async () => void tables.nowMs++,
    put: async (key, row) => nodes[0]!.segments.put(key, row),
    maxId: async (key) => tables.rows.get(key)?.maxId,
    leafTakes: async (key, size) => void (tables.rows.get(key)!.maxId += BigInt(size)),
    forgetServer: async () => void (tables.onRecord.identity = 'other'),
    save: async () => {
      const restore = tables.save();
      return async () => restore();
    },
    makeJournalOlder: async (byMs) => {
      for (const row of tables.ranges) row.leasedAtMs -= byMs;
      tables.events = tables.events.map((row) => ({ ...row, atMs: row.atMs - byMs }));
    },
    close: async () => undefined,
  };
});

describeWorkerLeaseStore('memory', async () => {
  const table: MemoryWorkerTable = { rows: new Map(), clock: systemClock };
  return {
    workers: memoryWorkerRecords(table),
    node: (options) => new MemoryWorkerLeaseStore(table, options),
    close: async () => undefined,
  };
});

describeWorkerRecordStore('memory', async () => ({
  workers: memoryWorkerRecords({ rows: new Map(), clock: systemClock }),
  close: async () => undefined,
}));

describeWorkerDirectory('memory', async () => {
  const workers = new MemoryAuditedWorkers({ rows: new Map(), clock: systemClock });
  return { workers, close: async () => undefined };
});

describeWorkerReset('memory', async () => {
  const workers = new MemoryAuditedWorkers({ rows: new Map(), clock: systemClock });
  const close = async () => undefined;
  return { node: async () => ({ workers, close }), close };
});

describeWitness('memory', async (options) => {
  const clock = new FakeClock();
  const witness = new MemoryWitness({ ...options, clock });
  return {
    nodes: [witness, witness, witness],
    elapse: (ms) => clock.advance(ms),
    remove: async (key) => witness.remove(key),
    close: async () => undefined,
  };
});
