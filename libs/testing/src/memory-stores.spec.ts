import { systemClock } from '#core';
import { MemoryRangeLeaseStore } from './memory-range-lease-store.js';
import { MemorySegmentStore } from './memory-segment-store.js';
import { MemoryWorkerLeaseStore } from './memory-worker-lease-store.js';
import type { MemoryWorkerTable } from './memory-worker-records.js';
import { describeRangeLeaseStore } from './range-lease-store.contract.js';
import { describeSegmentStore } from './segment-store.contract.js';
import { describeWorkerLeaseStore } from './worker-lease-store.contract.js';

describeSegmentStore('memory', async () => {
  const store = new MemorySegmentStore();
  return {
    store,
    put: async (key, row) => store.put(key, row),
    maxId: async (key) => store.maxId(key),
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

describeWorkerLeaseStore('memory', async () => {
  const table: MemoryWorkerTable = { rows: new Map(), clock: systemClock };
  return {
    node: (options) => new MemoryWorkerLeaseStore(table, options),
    close: async () => undefined,
  };
});
